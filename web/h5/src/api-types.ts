// What the server answers under /api/driver and /api/public.

import type { Text } from '@edl/kit/i18n'

export interface About {
  authority: { name: Text; code: string; phone: string; jurisdiction: string; offices: Office[] }
  demo: boolean
  serverTime: string
  version: string
  consentVersions: { identityNumber: string; face: string; privacy: string }
  pushKey?: string
}
export interface Office { code: string; name: Text; address: Text; phone: string }

/** phone: the number is proved, no licence is shown. driver: one driver on one enrolled device. */
export interface Session {
  level: 'phone' | 'driver'
  phoneMasked: string
  challenge: string
  deviceId?: string
  maskedName?: string
  name?: string
  serverTime: string
}

export type Use = 'usable' | 'not_usable' | 'hidden' | 'gone'

export interface LicenceState {
  letters: { letter: string; name: Text; source: 'register' | 'validity' | 'extension' | 'measure'; since?: string }[]
  worst: string
  name: Text
  use: Use
  why?: Text
  next?: Text
  where?: Text
  since?: string
  pending: boolean
  /** What could not be read, while pending. */
  doubt?: Text
}

export interface ElectronicState {
  state: 'none' | 'valid' | 'invalidated'
  say: Text
  issuedAt?: string
  identifier?: string
  changes?: Change[]
}
export interface Change { kind: 'classes' | 'validity' | 'authority' | 'paper' | 'consent' | 'account'; old: string; new: string; say: Text }

/** since is empty where it is not recorded. */
export interface LicenceClass { code: string; name: Text; since: string }

export interface Face {
  name: string
  nameMasked: string
  sex: Text
  nationality: Text
  birthDate: string
  number: string
  numberMasked: string
  firstIssue: string
  classes: LicenceClass[]
  validFrom: string
  validTo: string | null
  points: number
  pointsCycleEnds: string
  probationUntil?: string
  authority: string
  office: string
  portraitUrl: string | null
  address: string
  fileNumber: string
  schoolBus?: string
  hearingAid: boolean
  generatedAt: string
  identifier?: string
}

export interface Home {
  serverTime: string
  name: string
  opening: Text
  licence: LicenceState
  electronic: ElectronicState
  face?: Face
  attention: { kind: string; title: Text; detail: Text; link: string }[]
  unread: number
  application?: Application
}

export interface LicencePage {
  serverTime: string
  licence: LicenceState
  electronic: ElectronicState
  opening: Text
  face?: Face
}

export interface Show {
  serial: string
  maskedName: string
  classes: { code: string; name: Text }[]
  state: 'usable' | 'not_usable' | 'hidden' | 'gone' | 'invalidated' | 'none'
  sentence: Text
  next?: Text
  where?: Text
  since?: string
  serverTime: string
  offlineUntil: string
  authority: Text
  demo: boolean
  phone: string
}

export interface Due { at: string; date: string; known: boolean; say: Text }

export type Route = 'onfile' | 'reuse' | 'album' | 'camera' | 'window'
export type ApplicationKind = 'first' | 'reapply' | 'photo'

export interface ApplyPage {
  licence: LicenceState
  checks: { ok: boolean; say: Text; detail: Text }[]
  allowed: boolean
  refusal?: Text
  kind: 'first' | 'reapply'
  direct: boolean
  prompt?: Text
  onFile?: { url: string; source: Text; takenOn: string }
  reuse?: { url: string }
  routes: Route[]
  refusals: number
  windowOnly: boolean
  open?: Application
  due: Due
}

export interface PhotoChange {
  allowed: boolean
  why?: Text
  nextOn?: string
  refusals: number
  windowOnly: boolean
  open?: Application
  due: Due
}

/** A place on the upright picture, in thousandths of its sides; without w and h a point. */
export interface Spot { rule: string; x: number; y: number; w?: number; h?: number }

export interface Finding {
  rule: string
  verdict: 'pass' | 'fail' | 'review' | 'not_assessed'
  value?: number
  threshold?: number
  say: Text
  marks?: Spot[]
}

export interface Photo {
  id: string
  url: string
  width: number
  height: number
  report: { findings: Finding[]; refused: boolean }
}

export interface ConsentGiven { identityNumber?: boolean; face?: boolean; version: string }

export interface Submission {
  kind: ApplicationKind
  route: Route
  photoId?: string
  consent: ConsentGiven
  declared?: string[]
}

export type ApplicationStatus = 'submitted' | 'reviewing' | 'approved' | 'refused' | 'issued' | 'withdrawn'

export interface Application {
  id: string
  number: string
  kind: ApplicationKind
  route: Route
  status: ApplicationStatus
  title: Text
  submittedAt: string
  due: Due
  overdue: boolean
  urgedAt?: string
  canWithdraw: boolean
  canUrge: boolean
  ahead?: number
  reasons: { code: string; say: Text }[]
  timeline: { step: string; state: 'done' | 'current' | 'todo'; at?: string; say: Text; detail?: Text }[]
  photoUrl?: string
  refusals: number
  windowOnly: boolean
  grounds?: { code: string; say: Text }[]
  appeal?: { id: string; number: string; ground: Text; words?: string; reasons: { code: string; say: Text }[]; at: string }
}

export interface Message { id: string; kind: string; at: string; title: Text; body: Text; link?: string; readAt?: string }

export interface Check {
  id: string
  number: string
  at: string
  party: string
  scenario: Text
  operatorNumber: string
  place: string
  way: Text
  outcome: 'usable' | 'not_usable' | 'no_verdict'
  word: Text
  fields: Text[]
  personMatch?: boolean
  data?: boolean // a data code was read, and nobody showed the licence
  delay?: { days: number; basis: string; say: Text } // why it was not shown before
}

/** The live stream's word that somebody has just checked this driver. */
export interface CheckEvent { number: string; party: string; at: string; outcome: Check['outcome']; word: Text; reason?: Text; data?: boolean }

export interface Device { id: string; name: string; enrolledAt: string; lastSeenAt: string; current: boolean }
export interface DeviceRequest { id: string; name: string; at: string; match: string }
export interface Passkey { id: string; name: string; createdAt: string; usedAt?: string }

export interface PhotoRules {
  version: string
  groups: { id: string; title: Text; rules: { id: string; say: Text; judged: 'program' | 'advice' | 'declared' }[] }[]
}
export interface PaperRules { rules: { business: Text; needed: boolean; why: Text }[] }
export interface PrivacyNotice { version: string; sections: { title: Text; body: Text }[] }

/** A body asks from afar: for one answer, or to be let ask by number. */
export interface AskedConsent {
  kind: 'once' | 'standing'
  status: 'waiting' | 'given' | 'refused' | 'cancelled' | 'expired'
  party: string
  contact: string
  phone: string
  scenario: Text
  why?: string
  vehicle?: Text
  vehicleClass?: string
  rentalEnd?: string
  policyNumber?: string
  expiresAt: string
  fields: { field: string; label: Text; required: boolean }[]
  unseen: Text[]
}

/** 授权: who may look the licence up by number until it is withdrawn. */
export interface Standing {
  id: string
  party: string
  contact: string
  phone: string
  scenario: Text
  why?: string
  policyNumber?: string
  fields: Text[]
  givenAt: string
  endedAt?: string
  endedBy?: 'driver' | 'party'
  told?: { word: Text; at: string; check: string } // of a change, the last time
}

export type ConsentKind = 'identity_number' | 'face' | 'privacy'
export interface Consent { kind: ConsentKind; version: string; at: string; withdrawnAt?: string }
export interface PrivacyPage { phoneMasked: string; consents: Consent[] }

export interface Feedback {
  id: string
  number: string
  at: string
  text: string
  errorCode?: string
  images: string[]
  status: 'open' | 'answered'
  answer?: string
  answeredAt?: string
}

/** The licence in international form: what can be issued, and what was. */
/** 数据码: a claim-169 QR. */
export interface DataCode { text: string; expiresAt: string }

export interface MobileOffer {
  available: boolean
  why?: Text
  chineseName: string
  proposed: LatinName
  classes: { category: string; restrictions: string }[]
  documents: { id: string; name: LatinName; signedAt: string; until: string; state: 'valid' | 'suspended' | 'invalid'; mdoc: string; sdjwt: string }[]
  batches: { id: string; count: number; signedAt: string; until: string; state: 'valid' | 'suspended' | 'invalid' }[]
}
export interface LatinName { family: string; given: string }

/** 扣留: one detention of the licence, with its receipt. */
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
