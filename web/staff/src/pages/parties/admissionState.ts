import type { Mark } from '@edl/kit/marks'

/** The shape beside a status of an application. */
export const markOf = (status: string): Mark => ({ granted: 'ok', refused: 'stop', returned: 'look', lapsed: 'todo', withdrawn: 'todo' } as const)[status] ?? 'wait'
