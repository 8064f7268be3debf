// Fails to compile where an answer of the server, as its description says, is
// not what the pages expect. It holds no code.

import type { components } from '@edl/kit/api-schema'
import type * as Page from './api-types'

type Server = components['schemas']
type Fits<Answer extends Expected, Expected> = Answer

export type Conformance = [
  Fits<Server['AboutView'], Page.About>,
  Fits<Server['DriverSession'], Page.Session>,
  Fits<Server['HomeView'], Page.Home>,
  Fits<Server['MyLicence'], Page.LicencePage>,
  Fits<Server['ShowView'], Page.Show>,
  Fits<Server['ApplyView'], Page.ApplyPage>,
  Fits<Server['PhotoChangeView'], Page.PhotoChange>,
  Fits<Server['PhotoView'], Page.Photo>,
  Fits<Server['ApplicationView'], Page.Application>,
  Fits<Server['MessageView'], Page.Message>,
  Fits<Server['DriverCheck'], Page.Check>,
  Fits<Server['DeviceView'], Page.Device>,
  Fits<Server['RequestView'], Page.DeviceRequest>,
  Fits<Server['PasskeyView'], Page.Passkey>,
  Fits<Server['PhotoRulesView'], Page.PhotoRules>,
  Fits<Server['PaperRulesView'], Page.PaperRules>,
  Fits<Server['PrivacyNotice'], Page.PrivacyNotice>,
  Fits<Server['PrivacyView'], Page.PrivacyPage>,
  Fits<Server['MobileOffer'], Page.MobileOffer>,
  Fits<Server['ReportView'], Page.Feedback>,
  Fits<Server['AskedConsent'], Page.AskedConsent>,
  Fits<Server['StandingView'], Page.Standing>,
  Fits<Server['DetentionView'], Page.Detention>,
]
