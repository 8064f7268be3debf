// Every call of a party's own page, one function each.
import { call, Problem, type Options } from '@edl/kit/api'
import type { components } from '@edl/kit/api-schema'
import type { Text } from '@edl/kit/i18n'
import type { Receiver } from '../api-types'

type Schemas = components['schemas']
export type AdminSession = Schemas['AdminSession']
export type PartyDetail = Schemas['PartyDetail']
export type PartyChecks = Schemas['PartyChecks']
export type Operator = Schemas['OperatorView']
export type Terminal = Schemas['TerminalView']
export type Key = Schemas['KeyView']
export type Admin = Schemas['AdminView']
export type Further = Schemas['FurtherRequests']
export type Request = Schemas['FurtherRequest']

let signedOut = () => {}
/** What to do when the server no longer knows this session. */
export const onSignedOut = (act: () => void) => { signedOut = act }

let lastReached = 0
/** When a call last reached the server, in ms of this machine's clock: each one keeps the session alive. */
export const reachedAt = () => lastReached

async function reach<R>(path: string, options?: Options): Promise<R> {
  try {
    const answer = await call<R>(`/api/party/${path}`, options)
    lastReached = Date.now()
    return answer
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401) signedOut()
    throw problem
  }
}
const post = <R>(path: string, body?: unknown) => reach<R>(path, { method: 'POST', body })
const put = <R>(path: string, body: unknown) => reach<R>(path, { method: 'PUT', body })
const id = encodeURIComponent
/** The tables of things that can be suspended. */
export type Thing = 'operators' | 'terminals' | 'keys' | 'admins'

// Nobody is signed in where these are called: their 401 ends nothing.
const open = <R>(path: string, body?: unknown) => call<R>(`/api/party/${path}`, { method: 'POST', body })
export const session = {
  read: () => reach<AdminSession>('session'),
  open: (login: string, password: string, totp: string) => open<AdminSession>('session', { login, password, totp }),
  close: () => reach<void>('session', { method: 'DELETE' }),
  passkeyBegin: () => open<unknown>('session/passkey/begin'),
  passkeyFinish: (credential: unknown) => open<AdminSession>('session/passkey/finish', { credential }),
}
export const invitation = {
  open: (token: string) => open<Schemas['AdminInvitation']>('invitations/open', { token }),
  accept: (token: string, password: string, totp: string) => open<AdminSession>('invitations/accept', { token, password, totp }),
}
export const passkeys = {
  list: () => reach<{ passkeys: { id: string; name: string; createdAt: string }[] }>('passkeys'),
  begin: () => post<unknown>('passkeys/begin'),
  create: (credential: unknown, name: string) => post<void>('passkeys', { credential, name }),
  end: (key: string) => reach<void>(`passkeys/${id(key)}`, { method: 'DELETE' }),
}
export const party = {
  read: () => reach<PartyDetail>('party'),
  contact: (contact: string, phone: string) => put<PartyDetail>('party/contact', { contact, phone }),
  checks: (before?: string) => reach<PartyChecks>(`checks${before ? `?before=${id(before)}` : ''}`),
  code: () => post<{ code: string; expiresAt: string }>('codes'),
  operator: (number: string, name: string) => post<{ id: string; pin: string }>('operators', { number, name }),
  hours: (operator: string, hours: string) => put<void>(`operators/${id(operator)}/hours`, { hours }),
  reset: (operator: string) => post<{ pin: string }>(`operators/${id(operator)}/reset`),
  key: (key: { name: string; publicKey: string; scenarios: string[]; lastDay: string }) => post<Key>('keys', key),
  revoke: (key: string) => post<void>(`keys/${id(key)}/revoke`),
  invite: (login: string, name: string) => post<{ inviteUrl: string; expiresAt: string }>('admins', { login, name }),
  reinvite: (admin: string) => post<{ inviteUrl: string; expiresAt: string }>(`admins/${id(admin)}/reinvite`),
  suspend: (thing: Thing, key: string) => post<void>(`${thing}/${id(key)}/suspend`),
  resume: (thing: Thing, key: string) => post<void>(`${thing}/${id(key)}/resume`),
}
const request = (key: string, rest = '') => `requests/${id(key)}${rest}`
export const further = {
  read: () => reach<Further>('requests'),
  begin: (wanted: Schemas['WantRequest'][], key: string) => reach<Request>('requests', { method: 'POST', body: { wanted }, idempotencyKey: key }),
  change: (key: string, wanted: Schemas['WantRequest'][]) => put<Request>(request(key), { wanted }),
  attach: (key: string, kind: string, file: Blob) => post<Request>(request(key, `/files?kind=${id(kind)}`), file),
  remove: (key: string, file: string) => reach<Request>(request(key, `/files/${id(file)}`), { method: 'DELETE' }),
  submit: (key: string) => post<Request>(request(key, '/submit')),
  withdraw: (key: string) => post<void>(request(key, '/withdraw')),
  seen: (key: string) => post<void>(request(key, '/seen')),
}
export const receiver = {
  read: () => reach<{ receiver?: Receiver }>('receiver'),
  set: (url: string) => put<{ secret: string }>('receiver', { url }),
  drop: () => reach<void>('receiver', { method: 'DELETE' }),
  test: () => post<{ taken: boolean; failure?: Text }>('receiver/test'),
}
