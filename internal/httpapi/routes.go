package httpapi

// routes declares every operation, a resource a line.
func (s *Server) routes() {
	s.publicRoutes()
	s.driverSessionRoutes()
	s.driverDeviceRoutes()
	s.driverMessageRoutes()
	s.driverPrivacyRoutes()
	s.feedbackRoutes()
	s.staffSessionRoutes()
	s.passkeyRoutes()
	s.staffSettingsRoutes()
	s.staffAuditRoutes()
	s.staffRegisterRoutes()
	s.staffCorrectionRoutes()
	s.feedRoutes()
	s.driverShowRoutes()
	s.driverCheckRoutes()
	s.terminalRoutes()
	s.terminalCheckRoutes()
	s.receiptRoutes()
	s.staffPartyRoutes()
	s.staffStatsRoutes()
	s.demoRoutes()
}
