// What the server answers under /api/staff, written by hand after the API
// contract; times are RFC 3339 with the offset of Shanghai, days YYYY-MM-DD.

import type { Text } from '@edl/kit/i18n'

export type Role = 'system' | 'security' | 'audit' | 'window' | 'review' | 'registrar'

export interface PartyAdmin { id: string; login: string; name: string; status: 'invited' | 'active' | 'suspended'; ownPause: boolean; lastSeenAt?: string | null }
export interface PartyKey { id: string; number: string; name: string; scenarios: string[]; status: 'active' | 'suspended' | 'revoked'; ownPause: boolean; expired: boolean; expiresAt: string; lastUsedAt?: string | null }
export interface About {
  authority: { name: Text; code: string; phone: string; jurisdiction: string; offices: Office[] }
  demo: boolean
  serverTime: string
  version: string
}
export interface Office { code: string; name: Text; address: Text; phone: string }

export interface StaffSession {
  staff: { id: string; login: string; name: string; number: string }
  roles: Role[]
  permissions: string[]
  idleSeconds: number
  serverTime: string
}
export interface Invitation { login: string; name: string; roles: Role[]; totpSecret: string; otpauthUrl: string }
export interface StaffAccount {
  id: string; login: string; name: string; number: string; roles: Role[]
  status: 'invited' | 'active' | 'suspended'; lastSeenAt?: string | null
}
export interface Passkey { id: string; name: string; createdAt: string; usedAt?: string | null }

export interface Due { at: string; date: string; known: boolean; say: Text }
export interface Letter { letter: string; name: Text; source: 'register' | 'validity' | 'extension' | 'measure'; since?: string | null }
export type Use = 'usable' | 'not_usable' | 'hidden' | 'gone'
export interface LicenceState {
  letters: Letter[]; worst: string; name: Text; use: Use
  why?: Text | null; next?: Text | null; where?: Text | null; since?: string | null; pending: boolean
}
export interface ElectronicState { state: 'none' | 'valid' | 'invalidated'; say: Text; issuedAt?: string | null; identifier?: string | null }
export interface LicenceClass { code: string; name: Text; since: string }
export interface Face {
  name: string; nameMasked: string; sex: Text; nationality: Text; birthDate: string; number: string; numberMasked: string
  firstIssue: string; classes: LicenceClass[]; validFrom: string; validTo: string | null; points: number; pointsCycleEnds: string
  probationUntil?: string | null; authority: string; office: string; portraitUrl: string | null; address: string; fileNumber: string
  schoolBus?: string | boolean | null; hearingAid: boolean; generatedAt: string; identifier?: string | null
}
export interface Device { id: string; name: string; enrolledAt: string; lastSeenAt: string | null }
export interface Application {
  id: string; number: string; kind: 'first' | 'reapply' | 'photo'; route: Route
  status: 'submitted' | 'reviewing' | 'approved' | 'refused' | 'issued' | 'withdrawn'
  title: Text; submittedAt: string; due: Due; overdue: boolean; reasons: { code: string; say: Text }[]
}
export type Route = 'onfile' | 'reuse' | 'album' | 'camera' | 'window'

export interface QueueItem {
  id: string; number: string; name: string; kind: Application['kind']; route: Route; title: Text
  due: Due; overdue: boolean; remaining: Text; claimedBy?: string | null; claimedUntil?: string | null; appeal: boolean; barred: boolean
}
export interface Queue { items: QueueItem[]; counts: { waiting: number; mine: number; overdue: number } }
/** A place on the picture, in thousandths of its width and height; a point where w and h are absent. */
export interface Mark { x: number; y: number; w?: number; h?: number }
export interface Finding {
  rule: string; verdict: 'pass' | 'fail' | 'review' | 'not_assessed'
  value?: number | string | null; threshold?: number | string | null; say: Text; marks?: Mark[] | null
}
export interface Reason { code: string; label: Text; say: Text; group?: string }
export interface Case {
  id: string; number: string; kind: Application['kind']; route: Route; title: Text; name: string; sex: Text; age: number
  numberMasked: string; submittedAt: string; due: Due; overdue: boolean; claimedUntil: string; claimedBy?: string | null
  photoUrl: string; portraitUrl?: string | null; registerPhoto?: { url: string; source: Text; takenOn: string } | null
  findings: Finding[]; models?: string; declared: string[]; refusals: number; reasons: Reason[]; checklist: { id: string; say: Text }[]
  takenAt?: string | null; takenFrom: 'clock' | 'file' | 'phone' | 'none'; source: Text; ahead: number; appeal?: Appeal | null
}
/** The refusal that a case appeals, and why. */
export interface Appeal { id: string; number: string; ground: Text; words?: string; reasons: { code: string; say: Text }[]; at: string }
export interface Decision {
  id: string; number: string; name: string; outcome: 'approved' | 'refused'; reasons: (string | Reason)[]
  decidedAt: string; finalAt: string; final: boolean
}

export interface Match { licenceId: string; name: string; numberMasked: string; fileMasked: string; state: LicenceState }
export interface Change { field: Text; old: string; new: string }
export interface Version { id: string; holdsFrom: string; learnedAt: string; source: Text; letters: string; changes: Change[] }
export interface Pending {
  id: string; licenceId: string; name: string; fileMasked: string; importId: string; line: number
  field: string; reason: Text; text: string; at: string; resolvedAt?: string | null
}
export interface Record {
  licence: Face; phoneMasked: string; state: LicenceState; electronic: ElectronicState
  versions: Version[]; devices: Device[]; applications?: Application[]; pending?: Pending | null
}
export interface AsOf { state?: LicenceState | null; none: boolean }
export interface Correction {
  id: string; licenceId: string; name: string; changes: Change[]; holdsFrom: string; reason: string
  askedBy: string; askedAt: string; status: 'waiting' | 'approved' | 'refused'; decidedBy?: string | null; decidedAt?: string | null
}
export interface Import { id: string; at: string; source: 'import' | 'feed'; file: string; lines: number; applied: number; unchanged: number; refused: number; status: 'running' | 'stopped' | 'done' }
export interface ImportDetail extends Import { refusals: { line: number; field: string; reason: Text }[] }

export interface WindowCase {
  id: string; number: string; business: string; openedAt: string; closedAt?: string | null; face: Face; phoneMasked: string
  state: LicenceState; electronic: ElectronicState; devices: Device[]; refusals: number; windowOnly: boolean
  paper: Text | string; deeds: { at: string; say: Text }[]; applications: Application[]
}
export interface Binding { url: string; qr: string; expiresAt: string }
export interface PhotoReport { findings: Finding[]; refused: boolean }
export interface Upload { id: string; url: string; report: PhotoReport }
export interface Slip { title: Text; lines: { label: Text; value: Text }[] }

export interface Feedback {
  id: string; number: string; at: string; from?: string; text: string; errorCode?: string | null; page?: string | null
  images: string[]; status: 'open' | 'answered'; answer?: string | null; answeredAt?: string | null; answeredBy?: string | null
}
export interface CalendarDay { date: string; work: boolean; name?: Text | string | null; source: 'published' | 'entered' }
export interface Calendar { knownThrough: string; days: CalendarDay[] }

export type PartyKind = 'police' | 'window' | 'regulator' | 'transport' | 'insurer' | 'rental' | 'other'
/** Another authority whose licences are believed here. */
export interface Peer { id: string; issuer: string; name: Text; fingerprint: string; status: 'active' | 'suspended'; fetchedAt?: string; addedAt: string }
export interface PeerList { own: string; fingerprint: string; authorities: Peer[] }

export interface Party {
  id: string; name: string; uscc: string; kind: PartyKind; contact: string; phone: string; scenarios: string[]
  status: 'active' | 'suspended'; terminalCount: number; operatorCount: number; checksToday: number
}
export interface Terminal { id: string; number: string; name: string; place: string; status: 'active' | 'suspended'; lastSeenAt?: string | null }
export interface Operator { id: string; number: string; name: string; status: 'active' | 'suspended'; hours?: string; lastSeenAt?: string | null }
export interface Watched { licenceId: string; fileNumber: string; name: string; why: string; since: string }
export interface EnrolmentCode { id?: string; code?: string; expiresAt: string; usedAt?: string | null }
export interface PartyDetail extends Party { terminals: Terminal[]; operators: Operator[]; codes: EnrolmentCode[]; admins: PartyAdmin[]; keys: PartyKey[] }
export type Ask = 'reason' | 'caseNumber' | 'vehicleClass' | 'rentalEnd' | 'holder' | 'accidentAt'
export interface Scenario { id: string; name: Text; enabled: boolean; kinds: PartyKind[]; ways: ('code' | 'number' | 'consent')[]; asks: Ask[]; fieldIds: string[]; fields: Text[] }

export type ActorKind = 'driver' | 'visitor' | 'staff' | 'operator' | 'party' | 'feed' | 'program'
export type ThingKind =
  | 'licence' | 'version' | 'lookup' | 'correction' | 'pending' | 'run' | 'application' | 'electronic' | 'mobile' | 'photo' | 'device' | 'passkey' | 'case' | 'feedback'
  | 'check' | 'batch' | 'detention' | 'purpose' | 'request' | 'consent' | 'party' | 'terminal' | 'enrolment' | 'operator' | 'key' | 'admin' | 'receiver' | 'notices'
  | 'admission' | 'scenario' | 'peer' | 'member' | 'settings' | 'calendar' | 'signing_keys' | 'log'
export interface AuditThing { kind?: ThingKind; id?: string; name?: Text; party?: { id: string; name: string } }
export interface AuditEntry {
  id: string; seq?: number | null; at: string; actor: string; actorKind: ActorKind; actorName?: string; role?: string; action: string; say: Text
  subject?: string; object?: string; on?: AuditThing; whose?: AuditThing; caseNumber?: string; detail?: { [name: string]: string }; flagged: boolean
}
export interface Checkpoint { size: number; root: string; at?: string; signedBy: string }
export interface AuditPage { entries: AuditEntry[]; checkpoint: Checkpoint; next?: string }
export interface Refusals { causes: { cause: string; times: number; callers: number; most: number }[]; hours: { at: string; times: number }[] }
export interface AuditProof { ok: boolean; size: number; root: string; checkedAt: string; uncovered: number; say: Text; firstBad?: number }

export type Period = 'day' | 'week' | 'month'
export interface Stats {
  period: Period
  counts: { submitted: number; issued: number; refused: number; withdrawn: number; overdue: number; waiting: number; checks: number; feedback: number; imports: number; pending: number }
  promise: { within: number; late: number }
  /** Of those decided: the refusal stands, or was changed. */
  appeals: { opened: number; upheld: number; changed: number }
  series: { label: string; at: string; submitted: number; issued: number; refused: number; checks: number }[]
  reasons: { code: string; label: Text; count: number }[]
  scenarios: { id: string; name: Text; count: number }[]
  reviewSeconds: { median: number; p90: number }
}
export interface Settings {
  authority: { name: Text; code: string; phone: string; jurisdiction: string; offices: Office[] }
  /** burst at once, then one every `every` nanoseconds. */
  limits: { [name: string]: { burst: number; every: number } }
  /** False: no models of the photo check. */
  photoModels: boolean
  certificate: Numbering & { example?: string }
}
/** What certificate identifiers 电子证照标识 start with; both empty: none are made. */
export interface Numbering { typeCode: string; issuerCode: string }

/** 扣留 as the office sees it. */
export interface Detention {
  number: string; at: string; dueOn: string; overdue: boolean; voucher: string; ground: Text; place: string; party: string; operator: string; paper: Text
  name: string; fileNumber: string; onRegister: boolean; liftedAt?: string; liftReason?: string; liftCase?: string
}

/** 延迟公开: what two persons decide, and what drivers do not see yet. */
export interface DelayPurpose { id: string; name: string; basis: string; days: number; status: 'proposed' | 'in_force' | 'refused' | 'ended'; proposedAt: string; own: boolean }
export interface DelayExtension { id: string; check: string; basis: string; days: number; status: 'proposed' | 'approved' | 'refused'; proposedAt: string; own: boolean }
export interface DelayedCheck { number: string; at: string; party: string; operator: string; case: string; purpose: string; basis: string; days: number; visibleAt: string }
export interface Delays { purposes: DelayPurpose[]; extensions: DelayExtension[]; hidden: DelayedCheck[] }

/** Where a relying party's own system is told of changes, and how that goes. */
export interface Receiver { host: string; status: 'active' | 'stopped'; setAt: string; deliveredAt?: string; failingSince?: string; failure?: Text; waiting: number }
/** A scenario may let a body be told of changes. */
export interface Scenario { follows?: boolean }
