// The file number 档案编号: 12 digits, read and typed in groups of four.

export const FILE_DIGITS = 12

export const fileDigits = (typed: string): string => typed.replace(/[^0-9０-９]/g, '').replace(/[０-９]/g, (d) => String.fromCharCode(d.charCodeAt(0) - 0xfee0)).slice(0, FILE_DIGITS)

/** 000000012873 → 0000 0001 2873 */
export const grouped = (digits: string): string => digits.replace(/(\d{4})(?=\d)/g, '$1 ')
