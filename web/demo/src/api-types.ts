// What the demonstration tells about itself. All of it is invented.

import type { Text } from '@edl/kit/i18n'

export interface Driver {
  key: string // the case: status:B, route:onfile, …
  name: string
  phone: string
  documentType: string
  number: string
  fileNumber: string
  say: Text
}

/** totp is the authenticator's code of this moment; it holds for half a minute. */
export interface Staff { login: string; name: string; roles: string[]; password: string; totp: string }

export interface Party {
  name: string
  kind: string
  codes: string[] // unused enrolment codes
  operators: { number: string; name: string; pin: string }[]
  admin?: { login: string; name: string; password: string }
  adminTotp?: string // the administrator's code of this moment
}

export interface Demo {
  drivers: Driver[]
  staff: Staff[]
  parties: Party[]
  now: string
  clock?: boolean // the clock may be moved
}

export interface Sms { seq: number; to: string; at: string; kind: string; text: string; code?: string }
