// Every call of the console, one function each: the paths stand here and
// nowhere else.

import { call, idempotencyKey, Problem, type Options } from '@edl/kit/api'
import type { components } from '@edl/kit/api-schema'
import type { Text } from '@edl/kit/i18n'
import type * as T from './api-types'

const at = (path: string) => `/api/staff/${path}`
const id = encodeURIComponent
const query = (values: { [name: string]: string | undefined }): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value) search.set(name, value)
  const text = search.toString()
  return text ? `?${text}` : ''
}

let signedOut = () => {}
/** What to do when the server no longer knows this session. */
export const onSignedOut = (act: () => void) => { signedOut = act }

let lastReached = 0
/** When a call last reached the server, in ms of this machine's clock: each one keeps the session alive. */
export const reachedAt = () => lastReached

async function reach<R>(path: string, options?: Options): Promise<R> {
  try {
    const answer = await call<R>(at(path), options)
    lastReached = Date.now()
    return answer
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401) signedOut()
    throw problem
  }
}

// A deed that met no answer keeps its key, so that pressing again counts once.
const unanswered = new Map<string, string>()

async function post<R>(path: string, body?: unknown): Promise<R> {
  const deed = path + JSON.stringify(body ?? null)
  const key = unanswered.get(deed) ?? idempotencyKey()
  unanswered.set(deed, key)
  try {
    const answer = await reach<R>(path, { method: 'POST', body, idempotencyKey: key })
    unanswered.delete(deed)
    return answer
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.status !== 0) unanswered.delete(deed)
    throw problem
  }
}
const get = <R>(path: string) => reach<R>(path)
const put = <R>(path: string, body: unknown) => reach<R>(path, { method: 'PUT', body })
const remove = <R>(path: string) => reach<R>(path, { method: 'DELETE' })

export const about = () => call<T.About>('/api/public/about')

// A sign-in is never repeated by a key: a one-time code counts once anyway.
export const session = {
  read: () => get<T.StaffSession>('session'),
  open: (login: string, password: string, totp: string) =>
    call<T.StaffSession>(at('session'), { body: { login, password, totp } }),
  close: () => remove<void>('session'),
  passkeyBegin: () => call<unknown>(at('session/passkey/begin'), { method: 'POST' }),
  passkeyFinish: (credential: unknown) => call<T.StaffSession>(at('session/passkey/finish'), { body: { credential } }),
}
export const invitation = {
  open: (token: string) => call<T.Invitation>(at('invitations/open'), { body: { token } }),
  accept: (token: string, password: string, totp: string) =>
    call<T.StaffSession>(at('invitations/accept'), { body: { token, password, totp } }),
}
export const passkeys = {
  list: () => get<{ passkeys: T.Passkey[] }>('passkeys'),
  begin: () => call<unknown>(at('passkeys/begin'), { method: 'POST' }),
  create: (credential: unknown, name: string) => call<void>(at('passkeys'), { body: { credential, name } }),
  end: (key: string) => remove<void>(`passkeys/${id(key)}`),
}
export const accounts = {
  list: () => get<{ staff: T.StaffAccount[] }>('staff'),
  invite: (who: { login: string; name: string; number: string; roles: T.Role[] }) =>
    post<{ inviteUrl: string; expiresAt: string }>('staff', who),
  suspend: (who: string) => post<void>(`staff/${id(who)}/suspend`),
  resume: (who: string) => post<void>(`staff/${id(who)}/resume`),
  reinvite: (who: string) => post<{ inviteUrl: string; expiresAt: string }>(`staff/${id(who)}/reinvite`),
}

export const review = {
  queue: () => get<T.Queue>('review/queue'),
  next: () => post<T.Case | undefined>('review/next'),
  read: (key: string) => get<T.Case>(`review/${id(key)}`),
  claim: (key: string) => post<T.Case>(`review/${id(key)}/claim`),
  release: (key: string) => post<void>(`review/${id(key)}/release`),
  approve: (key: string, checked: string[]) => post<T.Decision>(`review/${id(key)}/approve`, { checked }),
  refuse: (key: string, reasons: string[], other?: string) => post<T.Decision>(`review/${id(key)}/refuse`, { reasons, other }),
  undo: (key: string) => post<T.Case>(`review/${id(key)}/undo`),
  mine: () => get<{ decisions: T.Decision[] }>('review/mine'),
}

export const register = {
  search: (ask: { by: string; value: string; reason: string; caseNumber?: string }) =>
    post<{ lookup: string; matches: T.Match[] }>('register/search', ask),
  read: (licence: string, lookup: string) => get<T.Record>(`register/${id(licence)}${query({ lookup })}`),
  asOf: (licence: string, holds: string, known: string, lookup: string) =>
    get<T.AsOf>(`register/${id(licence)}/at${query({ holds, known, lookup })}`),
}
export const corrections = {
  list: () => get<{ corrections: T.Correction[] }>('corrections'),
  ask: (ask: { licenceId: string; changes: { field: string; value: string }[]; holdsFrom: string; reason: string }) =>
    post<T.Correction>('corrections', ask),
  approve: (key: string) => post<T.Correction>(`corrections/${id(key)}/approve`),
  refuse: (key: string) => post<T.Correction>(`corrections/${id(key)}/refuse`),
}
export const detentions = {
  list: (lifted: boolean) => get<{ detentions: T.Detention[] }>(`detentions?lifted=${lifted}`),
  lift: (number: string, reason: string, caseNumber: string) => post<void>(`detentions/${id(number)}/lift`, { reason, caseNumber }),
}
export const pending = {
  list: () => get<{ pending: T.Pending[] }>('pending'),
  resolve: (key: string, reason: string) => post<void>(`pending/${id(key)}/resolve`, { reason }),
}
export const imports = {
  list: () => get<{ imports: T.Import[] }>('imports'),
  read: (key: string) => get<T.ImportDetail>(`imports/${id(key)}`),
}

export interface Opening { business: string; caseNumber: string; documentType: string; number: string; fileNumber: string; seenPerson: true }
export const windows = {
  open: (ask: Opening) => post<T.WindowCase>('window/cases', ask),
  read: (key: string) => get<T.WindowCase>(`window/cases/${id(key)}`),
  bind: (key: string) => post<T.Binding>(`window/cases/${id(key)}/bind`),
  phone: (key: string, phone: string) => post<T.WindowCase | undefined>(`window/cases/${id(key)}/phone`, { phone }),
  endDevice: (key: string, device: string) => post<void>(`window/cases/${id(key)}/devices/${id(device)}/end`),
  photo: (key: string, picture: Blob) => reach<T.Upload>(`window/cases/${id(key)}/photo`, { method: 'POST', body: picture }),
  apply: (key: string, photoId: string) => post<T.Application>(`window/cases/${id(key)}/apply`, { photoId }),
  changePhoto: (key: string, photoId: string) => post<T.Application>(`window/cases/${id(key)}/change-photo`, { photoId }),
  unlock: (key: string) => post<void>(`window/cases/${id(key)}/unlock`),
  loss: (key: string) => post<void>(`window/cases/${id(key)}/loss`),
  close: (key: string) => post<void>(`window/cases/${id(key)}/close`),
  slip: (key: string) => get<T.Slip>(`window/cases/${id(key)}/slip`),
}

export const feedback = {
  list: (status: string) => get<{ feedback: T.Feedback[] }>(`feedback${query({ status })}`),
  answer: (key: string, text: string) => post<void>(`feedback/${id(key)}/answer`, { text }),
}
export const calendar = {
  year: (year: number) => get<T.Calendar>(`calendar${query({ year: String(year) })}`),
  enter: (date: string, work: boolean, note: string) => put<void>(`calendar/${date}`, { work, note }),
  forget: (date: string) => remove<void>(`calendar/${date}`),
}

export type PartyInput = Pick<T.Party, 'name' | 'uscc' | 'kind' | 'contact' | 'phone' | 'scenarios'>
export const delays = {
  list: () => get<T.Delays>('delays'),
  propose: (name: string, basis: string, days: number) => post<void>('delays', { name, basis, days }),
  extend: (check: string, basis: string, days: number) => post<void>('delay-extensions', { check, basis, days }),
  decide: (kind: 'delays' | 'delay-extensions', key: string, approve: boolean) => post<void>(`${kind}/${id(key)}/decision`, { approve }),
  end: (key: string) => post<void>(`delays/${id(key)}/end`),
}
export const watched = {
  list: () => get<{ watched: T.Watched[] }>('watched'),
  add: (fileNumber: string, why: string) => post<void>('watched', { fileNumber, why }),
  drop: (key: string) => reach<void>(`watched/${id(key)}`, { method: 'DELETE' }),
}

export const receiverOf = (party: string) => ({
  read: () => get<{ receiver?: T.Receiver }>(`parties/${id(party)}/receiver`),
  set: (url: string) => put<{ secret: string }>(`parties/${id(party)}/receiver`, { url }),
  drop: () => remove<void>(`parties/${id(party)}/receiver`),
  test: () => post<{ taken: boolean; failure?: Text }>(`parties/${id(party)}/receiver/test`),
})

export const parties = {
  list: () => get<{ parties: T.Party[] }>('parties'),
  read: (key: string) => get<T.PartyDetail>(`parties/${id(key)}`),
  create: (party: PartyInput) => post<T.Party>('parties', party),
  change: (key: string, party: PartyInput) => put<T.Party>(`parties/${id(key)}`, party),
  suspend: (key: string) => post<void>(`parties/${id(key)}/suspend`),
  resume: (key: string) => post<void>(`parties/${id(key)}/resume`),
  code: (key: string) => post<{ code: string; expiresAt: string }>(`parties/${id(key)}/codes`),
  operator: (key: string, number: string, name: string) => post<{ id: string; pin: string }>(`parties/${id(key)}/operators`, { number, name }),
  suspendOperator: (key: string) => post<void>(`operators/${id(key)}/suspend`),
  resumeOperator: (key: string) => post<void>(`operators/${id(key)}/resume`),
  resetOperator: (key: string) => post<{ pin: string }>(`operators/${id(key)}/reset`),
  hours: (key: string, hours: string) => put<void>(`operators/${id(key)}/hours`, { hours }),
  inviteAdmin: (key: string, login: string, name: string) => post<{ inviteUrl: string; expiresAt: string }>(`parties/${id(key)}/admins`, { login, name }),
  reinviteAdmin: (key: string) => post<{ inviteUrl: string; expiresAt: string }>(`admins/${id(key)}/reinvite`),
  suspendAdmin: (key: string) => post<void>(`admins/${id(key)}/suspend`),
  resumeAdmin: (key: string) => post<void>(`admins/${id(key)}/resume`),
  suspendKey: (key: string) => post<void>(`keys/${id(key)}/suspend`),
  resumeKey: (key: string) => post<void>(`keys/${id(key)}/resume`),
  suspendTerminal: (key: string) => post<void>(`terminals/${id(key)}/suspend`),
  resumeTerminal: (key: string) => post<void>(`terminals/${id(key)}/resume`),
}
type Schemas = components['schemas']
export type AdmissionCase = Schemas['AdmissionCase']
export const admissions = {
  list: (decided: boolean) => get<Schemas['AdmissionRows']>(`admissions?status=${decided ? 'decided' : 'open'}`),
  read: (key: string) => get<AdmissionCase>(`admissions/${id(key)}`),
  file: (key: string, file: string) => at(`admissions/${id(key)}/files/${id(file)}`),
  ask: (key: string, version: number, reasons: string[], words?: string) => post<AdmissionCase>(`admissions/${id(key)}/return`, { version, reasons, words }),
  decide: (key: string, version: number, verdicts: { scenario: string; granted: boolean; condition?: string; reasons?: string[]; words?: string }[]) => post<AdmissionCase>(`admissions/${id(key)}/decide`, { version, verdicts }),
}
export const peers = {
  list: () => get<T.PeerList>('peers'),
  add: (card: string) => post<T.Peer>('peers', { card }),
  suspend: (key: string) => post<void>(`peers/${id(key)}/suspend`),
  resume: (key: string) => post<void>(`peers/${id(key)}/resume`),
}
export type ScenarioInput = Pick<T.Scenario, 'id' | 'name' | 'kinds' | 'ways' | 'asks'> & { fields: string[] }
export const scenarios = {
  list: () => get<{ scenarios: T.Scenario[] }>('scenarios'),
  set: (key: string, enabled: boolean) => put<T.Scenario>(`scenarios/${id(key)}`, { enabled }),
  add: (scenario: ScenarioInput) => post<T.Scenario>('scenarios', scenario),
}

export interface AuditQuery { person?: string; case?: string; actor?: string; from?: string; to?: string; flagged?: string; before?: string }
export const audit = {
  list: (ask: AuditQuery) => get<T.AuditPage>(`audit${query({ ...ask })}`),
  verify: () => post<T.AuditProof>('audit/verify'),
  refusals: (hours: number) => get<T.Refusals>(`audit/refusals${query({ hours: String(hours) })}`),
}
export const stats = (period: T.Period) => get<T.Stats>(`stats${query({ period })}`)
export const settings = {
  read: () => get<T.Settings>('settings'),
  save: (authority: T.Settings['authority']) => put<void>('settings', { authority }),
  saveNumbering: (numbering: T.Numbering) => put<void>('settings/certificate', numbering),
}
