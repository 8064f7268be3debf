// Every call of an applicant's pages. The link's secret goes in a header of
// its own: it is no cookie, and stands in no address that reaches the server.
import { call, Problem } from '@edl/kit/api'
import type { components } from '@edl/kit/api-schema'

type Schemas = components['schemas']
export type Offer = Schemas['AdmissionOffer']
export type Own = Schemas['OwnAdmission']
export type Form = Schemas['AdmissionForm']
export type Wanted = Schemas['WantRequest']
export interface Key { number: string; secret: string }

const open = <R>(path: string, body?: unknown) => call<R>(`/api/public/admission${path}`, body === undefined ? {} : { body })

/** Calls with the key of an application. */
async function own(key: Key, path = '', method = 'GET', body?: unknown): Promise<Own> {
  return call<Own>(`/api/public/admissions/${encodeURIComponent(key.number)}${path}`, { method: method as 'GET', body, headers: { 'Application-Secret': key.secret } })
}

export const apply = {
  offer: () => open<Offer>(''),
  code: (phone: string) => open<Schemas['WaitsView']>('/code', { phone }),
  check: (form: Form) => open<void>('/check', form),
  begin: (form: Form, phone: string, code: string) => open<{ secret: string; application: Own }>('s', { ...form, phone, code }),
  find: (number: string, phone: string, code: string) => open<{ secret: string; application: Own }>('s/find', { number, phone, code }),
  read: (key: Key) => own(key),
  change: (key: Key, form: Form) => own(key, '', 'PUT', form),
  attach: (key: Key, kind: string, file: Blob) => own(key, `/files?kind=${encodeURIComponent(kind)}`, 'POST', file),
  remove: (key: Key, file: string) => own(key, `/files/${encodeURIComponent(file)}`, 'DELETE'),
  submit: (key: Key) => own(key, '/submit', 'POST'),
}

/** The key that the page's address holds behind the #, or null. */
export function keyOf(hash: string): Key | null {
  const asked = new URLSearchParams(hash.replace(/^#/, ''))
  const [number, secret] = [asked.get('n'), asked.get('s')]
  return number && secret ? { number, secret } : null
}
export const hashOf = (key: Key): string => `#n=${encodeURIComponent(key.number)}&s=${encodeURIComponent(key.secret)}`

/** Whether a problem says that the key opens nothing any more. */
export const isLost = (problem: unknown): boolean => problem instanceof Problem && problem.code === 'admission.none'
