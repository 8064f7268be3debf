// The pattern behind the code, by formula: rings whose radius swings as a
// cosine, each ring's phase a step further, as guilloche engines draw them.

const RINGS: [radius: number, swing: number, waves: number, phases: number][] = [
  [158, 50, 18, 7], [112, 46, 14, 7], [64, 36, 9, 6], [28, 18, 6, 3],
]

const STEPS = 300 // points of a ring: enough for its waves to look round

export function rosette(): string {
  let path = ''
  for (const [radius, swing, waves, phases] of RINGS) {
    for (let phase = 0; phase < phases; phase++) {
      for (let step = 0; step < STEPS; step++) {
        const angle = (step * 2 * Math.PI) / STEPS
        const r = radius + swing * Math.cos(waves * angle + (phase * 2 * Math.PI) / phases)
        path += `${step ? 'L' : 'M'}${(r * Math.cos(angle)).toFixed(1)} ${(r * Math.sin(angle)).toFixed(1)}`
      }
      path += 'z'
    }
  }
  return path
}
