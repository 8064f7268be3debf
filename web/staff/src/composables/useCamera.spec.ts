import { expect, it } from 'vitest'
import { crop, SHAPE } from './useCamera'

it.each([
  [1920, 1440],
  [1080, 1920],
  [640, 480],
  [520, 756],
])('a picture of %d × %d is cut to the shape of a licence photo, within it', (width, height) => {
  const { x, y, w, h } = crop(width, height)
  expect(Math.abs(w / h - SHAPE)).toBeLessThan(0.005)
  expect(x).toBeGreaterThanOrEqual(0)
  expect(y).toBeGreaterThanOrEqual(0)
  expect(x + w).toBeLessThanOrEqual(width + 1)
  expect(y + h).toBeLessThanOrEqual(height + 1)
  expect(w === width || h === height || Math.abs(h - height) <= 1).toBe(true)
})
