// The unified social credit code 统一社会信用代码 (GB 32100-2015): told at once
// when a character is wrong. The server decides.
const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'

/** The code as it is written, without spaces and in capitals. */
export const tidyUSCC = (text: string): string => text.replace(/\s/g, '').toUpperCase()

export function isUSCC(code: string): boolean {
  if (!/^[0-9A-Z]{2}\d{6}[0-9A-Z]{10}$/.test(code)) return false
  let sum = 0
  let weight = 1
  for (const c of code.slice(0, 17)) {
    const value = ALPHABET.indexOf(c)
    if (value < 0) return false
    sum += value * weight
    weight = (weight * 3) % 31
  }
  return code[17] === ALPHABET[(31 - (sum % 31)) % 31]
}
