// The shapes of states. ok: disc with tick; stop: octagon with bar; look:
// diamond with !; wait: open ring with hands; unknown: dashed diamond with ?,
// never drawn as passed; todo: empty ring.

export type Mark = 'ok' | 'stop' | 'look' | 'wait' | 'unknown' | 'todo'
