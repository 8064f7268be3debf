import { expect, it } from 'vitest'
import { createSightings } from './sightings'

it('takes a code as new only after it was out of sight', () => {
  const sightings = createSightings(4000)
  expect([0, 100, 3000, 6900, 11_000].map((at) => sightings.isNew('A', at))).toEqual([true, false, false, false, true])
  expect(sightings.isNew('B', 11_000)).toBe(true)
})

it('counts the time during which nobody looked as in sight', () => {
  const sightings = createSightings(4000)
  sightings.isNew('A', 0)
  sightings.resume(20_000) // the verdict was read meanwhile
  expect(sightings.isNew('A', 20_100)).toBe(false)
  sightings.resume(40_000)
  expect(sightings.isNew('A', 45_000)).toBe(true)
})

it('forgets a code that no phone can still be showing', () => {
  const sightings = createSightings(4000)
  sightings.isNew('A', 0)
  sightings.resume(130_000)
  expect(sightings.isNew('A', 130_100)).toBe(true)
})
