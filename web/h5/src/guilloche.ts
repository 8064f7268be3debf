// Fine lines as on security paper, drawn by formula.

const point = (x: number, y: number): string => `${x.toFixed(1)} ${y.toFixed(1)}`

/** Waves over a field of width × height: sines whose phase and height drift from line to line. */
export function waves(width: number, height: number, lines: number): string {
  const paths: string[] = []
  for (let k = 0; k < lines; k++) {
    const base = (height * k) / (lines - 1)
    const swing = height * (0.16 - 0.09 * Math.cos((k / lines) * Math.PI * 2))
    const points: string[] = []
    for (let x = -10; x <= width + 10; x += 9) {
      const y = base + swing * Math.sin((x / width) * 5 + k * 0.07) + height * 0.03 * Math.sin((x / width) * 13 - k * 0.16)
      points.push(point(x, y))
    }
    paths.push(`M${points.join('L')}`)
  }
  return paths.join('')
}

/** A rosette round the origin: each ring r(θ) = radius + swing·cos(petals·θ + phase), turned a little. */
export function rosette(rings: number): string {
  const paths: string[] = []
  for (let k = 0; k < rings; k++) {
    const points: string[] = []
    for (let step = 0; step <= 180; step++) {
      const angle = (step / 180) * Math.PI * 2
      const radius = 60 + 132 * (k / rings) + 16 * Math.cos(12 * angle + k * 0.52)
      points.push(point(radius * Math.cos(angle), radius * Math.sin(angle)))
    }
    paths.push(`M${points.join('L')}z`)
  }
  return paths.join('')
}
