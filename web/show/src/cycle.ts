// The codes' clock. A code is drawn as good for 25 s; the next one takes its
// place with 5 s still left, so the count runs 20…1 and never says 0.

const PERIOD = 20_000 // ms
const SLACK = 100 // ms that two clocks and a timer may differ

export interface Cycle {
  /** Makes a new code now, whatever is left of this one. */
  renew(): void
  stop(): void
}

/** Calls `make` at once and each period, and `tick` each second on the second. */
export function startCycle(make: () => Promise<void>, tick: (secondsLeft: number) => void, failed: () => void): Cycle {
  let madeAt = 0 // on the second before, so that the change too falls on a second
  let timer = 0
  const renew = (): void => {
    madeAt = performance.now() - (Date.now() % 1000)
    make().catch(failed)
  }
  const run = (): void => {
    if (performance.now() - madeAt > PERIOD - SLACK) renew()
    tick(Math.max(1, PERIOD / 1000 - Math.floor((performance.now() - madeAt + SLACK) / 1000)))
    timer = window.setTimeout(run, 1000 - (Date.now() % 1000))
  }
  renew()
  run()
  return { renew, stop: () => clearTimeout(timer) }
}
