// Fails to compile where an answer of the server, as its description says, is
// not what the console expects. It holds no code.

import type { components } from '@edl/kit/api-schema'
import type * as Page from './api-types'

type Server = components['schemas']
type Fits<Answer extends Expected, Expected> = Answer
/** The description calls some closed lists just strings: of those the shape alone is held. */
type Loose<T> = T extends string ? string : T extends object ? { [K in keyof T]: Loose<T[K]> } : T

export type Conformance = [
  Fits<Server['AboutView'], Page.About>,
  Fits<Server['StaffSession'], Loose<Page.StaffSession>>,
  Fits<Server['InvitationView'], Loose<Page.Invitation>>,
  Fits<Server['StaffListView']['staff'], Loose<Page.StaffAccount[]>>,
  Fits<Server['PasskeyView'], Page.Passkey>,
  Fits<Server['QueueView'], Page.Queue>,
  Fits<Server['CaseView'], Page.Case>,
  Fits<Server['DecisionView'], Page.Decision>,
  Fits<Server['FoundView'], { lookup: string; matches: Page.Match[] }>,
  Fits<Server['RecordView'], Page.Record>,
  Fits<Server['AsOfView'], Page.AsOf>,
  Fits<Server['CorrectionView'], Page.Correction>,
  Fits<Server['PendingView'], Page.Pending>,
  Fits<Server['StaffDetention'], Page.Detention>,
  Fits<Server['DelayOverview'], Page.Delays>,
  Fits<Server['ImportView'], Page.Import>,
  Fits<Server['ImportDetail'], Page.ImportDetail>,
  Fits<Server['WindowCaseView'], Page.WindowCase>,
  Fits<Server['BindingView'], Page.Binding>,
  Fits<Server['PhotoView'], Page.Upload>,
  Fits<Server['ApplicationView'], Page.Application>,
  Fits<Server['SlipView'], Page.Slip>,
  Fits<Server['ReportView'], Page.Feedback>,
  Fits<Server['CalendarView'], Page.Calendar>,
  Fits<Server['PartyView'], Page.Party>,
  Fits<Server['PartyDetail'], Page.PartyDetail>,
  Fits<Server['ScenarioView'], Loose<Page.Scenario>>,
  Fits<Server['AuditView'], Loose<Page.AuditPage>>,
  Fits<Server['AuditVerdictView'], Page.AuditProof>,
  Fits<Server['RefusalsView'], Page.Refusals>,
  Fits<Server['StatsView'], Page.Stats>,
  Fits<Server['SettingsView'], Page.Settings>,
]
