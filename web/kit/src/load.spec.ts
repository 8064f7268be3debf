import { describe, expect, it } from 'vitest'
import { Problem } from './api'
import { useLoad } from './load'

const refused = new Problem(409, 'taken', { zh: '已被领取', en: 'taken' }, 'E-1')

describe('useLoad', () => {
  it('drops an older answer that arrives later', async () => {
    const answers: ((value: string) => void)[] = []
    const { data, busy, load } = useLoad(() => new Promise<string>((resolve) => answers.push(resolve)))
    const first = load()
    const second = load()
    answers[1]!('new')
    await second
    answers[0]!('old')
    await first
    expect([data.value, busy.value]).toEqual(['new', false])
  })
  it('keeps what it had when the next reading fails', async () => {
    let fail = false
    const { data, problem, load } = useLoad(async () => {
      if (fail) throw refused
      return 'had'
    })
    await load()
    fail = true
    await load()
    expect([data.value, problem.value?.code]).toEqual(['had', 'taken'])
  })
})
