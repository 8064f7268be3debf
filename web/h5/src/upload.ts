// Sending a file with its progress: fetch cannot tell how much has gone.

import { offline, Problem } from '@edl/kit/api'
import { meet } from './server'
import { offline as withoutNetwork } from './session'

export function upload<T>(path: string, file: Blob, tell: (share: number) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const request = new XMLHttpRequest()
    const refuse = (problem: Problem): void => {
      meet(problem)
      reject(problem)
    }
    request.open('POST', path)
    request.setRequestHeader('Accept', 'application/json')
    request.setRequestHeader('Content-Type', file.type || 'application/octet-stream')
    request.upload.onprogress = (event) => event.lengthComputable && tell(event.loaded / event.total)
    request.onerror = request.onabort = request.ontimeout = () => refuse(offline())
    request.onload = () => {
      withoutNetwork.value = false
      const answer = decoded(request.responseText)
      if (request.status >= 200 && request.status < 300 && answer) return resolve(answer as T)
      refuse(refusal(request.status, answer))
    }
    request.send(file)
  })
}

function decoded(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return null
  }
}

function refusal(status: number, answer: Record<string, unknown> | null): Problem {
  const p = (answer ?? {}) as Partial<Pick<Problem, 'code' | 'say' | 'trace' | 'errors' | 'retryAfter'>>
  const unknown = {
    zh: '服务器没能收下这个文件。它还在这台手机上。请再试一次；仍不行，请把下面的代码告诉我们。',
    en: 'The server could not take this file. It is still on this phone. Try again; if it goes on, tell us the code below.',
  }
  return new Problem(status, p.code ?? 'internal', p.say ?? unknown, p.trace, p.errors ?? [], p.retryAfter ?? 0, answer ?? {})
}
