import { expect, test, vi } from 'vitest'
import { offline, Problem } from './api'
import { asProblem, useTask } from './task'

test('a second press while the first is under way does nothing', async () => {
  let finish = (): void => {}
  const deed = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)))
  const task = useTask(deed)
  const first = task.run()
  expect(await task.run()).toBe(false)
  expect(task.busy.value).toBe(true)
  finish()
  expect(await first).toBe(true)
  expect(deed).toHaveBeenCalledTimes(1)
  expect(task.busy.value).toBe(false)
})

test('a refusal is kept to be shown, and forgotten at the next try', async () => {
  const answers = [offline(), null]
  const task = useTask(async () => {
    const refusal = answers.shift()
    if (refusal) throw refusal
  })
  expect(await task.run()).toBe(false)
  expect(task.problem.value?.code).toBe('network')
  expect(await task.run()).toBe(true)
  expect(task.problem.value).toBeNull()
})

test('an error of the page itself becomes a problem with a code and no inner text', () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const problem = asProblem(new TypeError('secret at 0x12'))
  expect(problem).toBeInstanceOf(Problem)
  expect(problem.code).toBe('page.typeerror')
  expect(JSON.stringify(problem.say)).not.toContain('secret')
})
