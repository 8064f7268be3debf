/** Whether a PIN is one of those everybody tries first: one digit, or a run. */
export function easyToGuess(pin: string): boolean {
  const steps = [...pin].slice(1).map((digit, i) => Number(digit) - Number(pin[i]))
  return steps.every((step) => step === steps[0] && Math.abs(step) <= 1) || /^(\d{1,3})\1+$/.test(pin)
}
