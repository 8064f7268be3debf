// What the terminal's part of the API answers. Times are RFC 3339, dates
// YYYY-MM-DD; sentences come in both languages.

import type { Text } from '@edl/kit/i18n'

export interface About {
  authority: { name: Text; phone: string }
  demo: boolean
  serverTime: string
}

export type PartyKind = 'police' | 'window' | 'regulator' | 'transport' | 'insurer' | 'rental' | 'other'

export interface Enrolled {
  terminalId: string
  number: string
  party: { name: string; kind: PartyKind }
  bundleKey?: string // to be pinned, a point in base64url
}

/** What a scenario wants to know of the case before it may ask. */
export type Asked = 'vehicleClass' | 'rentalEnd' | 'reason' | 'caseNumber' | 'holder' | 'accidentAt' | 'policyNumber'

export interface Scenario {
  id: string
  name: Text
  ways: ('code' | 'number' | 'consent')[]
  asks: (Asked | string)[]
  standing?: boolean // by number, only where the driver's consent is in force
  follows?: boolean // that consent lets the body be told of changes
  vehicleClasses?: { code: string; name: Text }[]
}

export interface TerminalSession {
  terminal: { id: string; number: string; name: string; place: string }
  operator: { number: string; name: string }
  party: { id: string; name: string; kind: PartyKind }
  scenarios: Scenario[]
  mustChangePin: boolean
  idleSeconds: number
  bundleKey?: string // for a terminal that pinned none when it was enrolled
  serverTime: string
}

export interface CheckRequest {
  requestId: string
  scenario: string
  way: 'code' | 'number'
  code?: string
  number?: string
  name?: string
  reason?: string
  caseNumber?: string
  policyNumber?: string
  vehicleClass?: string
  rentalEnd?: string
  accidentAt?: string // RFC 3339
  purpose?: string // of a delay
}

/** no_verdict: nothing was on record at the moment that was asked about. */
export type Verdict = 'usable' | 'not_usable' | 'no_verdict'

export interface CheckAnswer {
  id: string
  number: string
  at: string
  scenario: string
  scenarioName: Text
  way: 'code' | 'number' | 'consent' | 'bulk'
  verdict: Verdict
  word: Text
  line: Text
  person?: { name?: string; sex?: Text; birthDate?: string; number?: string; photoUrl?: string }
  classes?: { code: string; name: Text; since?: string }[]
  answers?: { key: string; question: Text; yes: boolean }[]
  causes?: { letter: string; name: Text; since?: string; learnedAt?: string; why: Text }[]
  facts: { key: string; label: Text; value: Text; sub?: Text }[]
  paper: { needed: boolean; say: Text }
  next?: Text
  electronic?: { state: string; say: Text }
  pending: boolean
  steps: { name: Text; ok: boolean; detail?: Text }[]
  personMatch?: boolean
  visibleAt?: string // when the driver sees this look-up; absent: at once
}

/** What was asked of a driver from afar, and what became of it. */
export interface RemoteRequest {
  id: string
  kind: 'once' | 'standing'
  status: 'waiting' | 'given' | 'refused' | 'cancelled' | 'expired'
  scenario: Text
  why?: string
  name?: string
  createdAt: string
  expiresAt: string
  decidedAt?: string
  check?: string
}

/** A driver whose consent to this body is in force. */
export interface PartyStanding {
  id: string
  holder: string
  name?: string
  scenario: Text
  why?: string
  policyNumber?: string
  givenAt: string
}

/** What the body was last told of a driver; empty: not looked at yet. */
export type FollowState = '' | 'usable' | 'not_for_this' | 'not_usable'

/** A driver whom this body follows, and what it was last told. */
export interface Followed {
  id: string
  holder: string
  name?: string
  reference?: string
  scenario: Text
  why?: string
  since: string
  state: FollowState
  word: Text
  before?: Text
  toldAt?: string
  check?: string
  new: boolean
  acknowledgedAt?: string
  acknowledgedBy?: string
  sentAt?: string // when the body's own system took it
  waits: boolean
}

/** How telling the body's own system goes. */
export interface Receiver {
  host: string
  status: 'active' | 'stopped'
  setAt: string
  deliveredAt?: string
  failingSince?: string
  failure?: Text
  waiting: number
}

export interface FollowedList {
  followed: Followed[]
  matches: number
  total: number
  stopped: number
  new: number
  receiver?: Receiver
}

/** A file of look-ups, and how far it is. */
export interface Batch {
  id: string
  status: 'running' | 'done' | 'cancelled' | 'stopped'
  scenario: string
  createdAt: string
  finishedAt?: string
  total: number
  done: number
  usable: number
  notUsable: number
  missed: number
}

export interface CheckRow {
  id: string
  number: string
  at: string
  verdict: Verdict
  word: Text
  name?: string
  scenarioName: Text
  personMatch?: boolean
}

/** A check of another authority's code, which that authority keeps. */
export interface ForeignRow {
  id: string
  at: string
  authority: Text
  verdict: Verdict | 'unreachable' | 'refused'
  word: Text
  number?: string
  receiptUrl?: string
  personMatch?: boolean
}

export interface CheckLog {
  checks: CheckRow[]
  foreign: ForeignRow[]
  tally: { usable: number; notUsable: number }
}

export interface Receipt {
  number: string
  at: string
  title: Text
  verdict: Verdict
  word: Text
  lines: { label: Text; value: Text }[]
  confirmUrl: string
  authority: Text
}

/** 扣留: what a check can lead to, and what it led to. */
export interface DetentionForm {
  grounds: { code: string; say: Text; clause: Text }[]
  suggested?: string // that the licence's state gives
  place: string
  dueOn: string // the last day of the term
  refusal?: Text
  code?: string
  detention?: Detention
}

export interface Detention {
  number: string
  at: string
  dueOn: string
  due: Text
  voucher: string
  paper: 'collected' | 'not_carried'
  stands: boolean
  liftedAt?: string
  word: Text
  rights: Text
  lines: { label: Text; value: Text }[]
  confirmUrl: string
}

/** Whether a file is genuine, and how it stands. */
export interface FileVerdict {
  format: string
  valid: boolean
  say: Text
  until?: string
  steps: { name: string; ok: boolean; clause: string; code?: string }[]
}

/** A purpose for which the driver sees a look-up later. */
export interface DelayPurpose { id: string; name: string; basis: string; days: number }
