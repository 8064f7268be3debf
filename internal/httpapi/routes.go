package httpapi

// routes declares every operation, a resource a line.
func (s *Server) routes() {
}
