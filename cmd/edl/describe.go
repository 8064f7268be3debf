package main

import (
	"fmt"
	"os"

	"edl/internal/httpapi"
)

// describeCommand prints what is generated from the code.
type describeCommand struct {
	What string `arg:"" enum:"openapi,permissions" help:"openapi: the API's description; permissions: who may call what."`
}

// Run prints it.
func (c *describeCommand) Run() error {
	s := &httpapi.Server{PublicURL: "http://localhost", Version: "1", Demo: true}
	if c.What == "permissions" {
		fmt.Print(s.PermissionTable())
		return nil
	}
	text, err := s.OpenAPI()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(append(text, '\n'))
	return err
}
