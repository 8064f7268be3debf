import { expect, it } from 'vitest'
import { typed } from './typed'

it.each([
  ['small letters', 'ncf$ab', 'NCF$AB'],
  ['a line end behind it', 'NCF$AB\r\n', 'NCF$AB'],
  ['records of some characters each', 'NCF$\r\nAB%\n C', 'NCF$AB% C'],
  ['blanks before it, and one that belongs to it', '  NCF$ ', 'NCF$ '],
])('%s', (_, text, code) => expect(typed(text)).toBe(code))
