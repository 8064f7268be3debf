// A code stays in front of the camera while its verdict is read; it is one
// sighting, and must be asked about once. It counts as new only after it was
// out of sight for a while.

const OUT_OF_SIGHT = 4000 // ms
const FORGET = 120_000 // ms: no code lives that long

export function createSightings(outOfSight = OUT_OF_SIGHT) {
  const seen = new Map<string, number>()
  return {
    /** Whether this sighting is to be asked about. */
    isNew(text: string, now: number): boolean {
      const before = seen.get(text)
      seen.set(text, now)
      return before === undefined || now - before > outOfSight
    },
    /** The camera looks again: what it saw before may still be before it. */
    resume(now: number): void {
      for (const [text, at] of seen) {
        if (now - at > FORGET) seen.delete(text)
        else seen.set(text, now)
      }
    },
  }
}
