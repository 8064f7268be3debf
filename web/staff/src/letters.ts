// The letters of a licence's status, for the drawings alone: what a licence
// permits at a time is always asked of the server.

import type { Text } from '@edl/kit/i18n'
import type { Use } from './api-types'

interface Meaning { name: Text; use: Use }
const usable = (zh: string, en: string): Meaning => ({ name: { zh, en }, use: 'usable' })
const stop = (zh: string, en: string): Meaning => ({ name: { zh, en }, use: 'not_usable' })
const hidden = (zh: string, en: string): Meaning => ({ name: { zh, en }, use: 'hidden' })
const gone = (zh: string, en: string): Meaning => ({ name: { zh, en }, use: 'gone' })

export const LETTERS: { [letter: string]: Meaning } = {
  A: usable('正常', 'valid'),
  H: usable('违法未处理', 'violation open'),
  I: usable('事故未处理', 'accident open'),
  N: usable('延期换证', 'renewal extended'),
  P: usable('延期体检', 'medical extended'),
  T: usable('延期审验', 'inspection extended'),
  B: stop('超分', '12 points'),
  D: stop('暂扣', 'suspended'),
  K: stop('扣押', 'seized'),
  U: stop('扣留', 'detained'),
  M: stop('逾期未换证', 'not renewed'),
  S: stop('逾期未审验', 'not inspected'),
  L: hidden('锁定', 'locked'),
  J: hidden('停止使用', 'use stopped'),
  Z: hidden('其他', 'other'),
  C: hidden('转出', 'transferred out'),
  E: gone('撤销', 'annulled'),
  F: gone('吊销', 'revoked'),
  G: gone('注销', 'cancelled'),
  R: gone('注销可恢复', 'cancelled, restorable'),
}

const ORDER: Use[] = ['usable', 'not_usable', 'hidden', 'gone']
const meaning = (letter: string): Meaning => LETTERS[letter] ?? hidden(letter, letter)

/** The letter that decides: the worst, the first of equals. An unknown one counts as 其他. */
export const worst = (letters: string): string =>
  [...letters].reduce((a, b) => (ORDER.indexOf(meaning(b).use) > ORDER.indexOf(meaning(a).use) ? b : a), letters[0] ?? 'Z')

export const useOf = (letters: string): Use => meaning(worst(letters)).use
export const nameOf = (letters: string): Text => meaning(worst(letters)).name
