import { expect, it } from 'vitest'
import { easyToGuess } from './pin'

it.each(['000000', '123456', '987654', '121212', '123123', '336336'])('%s is easy to guess', (pin) => expect(easyToGuess(pin)).toBe(true))
it.each(['271828', '314159', '112358', '100000'])('%s is not', (pin) => expect(easyToGuess(pin)).toBe(false))
