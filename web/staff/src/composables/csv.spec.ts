import { describe, expect, it } from 'vitest'
import { cell, csv } from './csv'

describe('a cell', () => {
  it.each([
    ['=1+1', `"'=1+1"`],
    ['+86 138', `"'+86 138"`],
    ['-2', `"'-2"`],
    ['@SUM(A1)', `"'@SUM(A1)"`],
    ['＝cmd', `"'＝cmd"`],
    ['\t=1', `"'\t=1"`],
    ['  =1', `"'  =1"`],
    ['\u3000=1', `"'\u3000=1"`],
    ['\u200b=1', `"'\u200b=1"`],
    ['|calc', `"'|calc"`],
    ['\rDDE', `"'\rDDE"`],
  ])('that would run as a formula is text: %j', (given, wanted) => expect(cell(given)).toBe(wanted))

  it.each([
    ['顾青', '"顾青"'],
    ['a "b", c', '"a ""b"", c"'],
    ['two\nlines', '"two\nlines"'],
    ['', '""'],
  ])('of text is quoted: %j', (given, wanted) => expect(cell(given)).toBe(wanted))

  it('of a number stays a number, negative too', () => {
    expect([cell(12), cell(-3.5), cell(NaN), cell(null), cell(undefined)]).toEqual(['12', '-3.5', '', '', ''])
  })
})

describe('a table', () => {
  it('starts with the mark of UTF-8 and ends each line with CRLF', () => {
    expect(csv([['理由', '件数'], ['头发遮耳', 61]])).toBe('\ufeff"理由","件数"\r\n"头发遮耳",61\r\n')
  })
})
