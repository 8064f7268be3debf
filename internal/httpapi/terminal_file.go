package httpapi

import (
	"context"
	"encoding/base64"

	"edl/internal/fault"
	"edl/internal/inspect"
	"edl/internal/lang"
)

// fileRequest is a file that somebody handed to a terminal.
type fileRequest struct {
	Content string `json:"content" maxLength:"1398104" doc:"base64 of the file: at most 1 MB"`
}

// fileVerdict says whether a file is genuine and how it stands. It repeats
// nothing of what the file says of a person: that is its holder's to show.
type fileVerdict struct {
	Format inspect.Format `json:"format"`
	Valid  bool           `json:"valid"`
	Say    lang.Text      `json:"say"`
	Until  string         `json:"until,omitempty" doc:"the end of a valid credential"`
	Steps  []fileStep     `json:"steps"`
}

// fileStep is one step that was taken.
type fileStep struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Clause string `json:"clause"`
	Code   string `json:"code,omitempty" doc:"of a failed step"`
}

var (
	errFile     = fault.New(fault.Invalid, "file.encoding", "文件没有传完整，请重新选择。", "The file did not arrive whole; choose it again.")
	fileGenuine = lang.T("文件真实，未被改动，当前有效", "The file is genuine, unaltered and valid now")
	fileRefused = lang.T("文件不能采信", "The file cannot be trusted")
)

func (s *Server) terminalFileRoutes() {
	handle(s, op{id: "checkFile", method: post, path: "/api/terminal/files", access: Operator, maxBody: 2 << 20,
		summary: "Verify a licence in international form, a list or a certificate of this authority"}, s.checkFile)
}

func (s *Server) checkFile(ctx context.Context, _ *Caller, in *input[fileRequest]) (*output[fileVerdict], error) {
	file, err := base64.StdEncoding.DecodeString(in.Body.Content)
	if err != nil {
		return nil, errFile
	}
	r, err := s.Mobile.Look(ctx, file)
	if err != nil {
		return nil, err
	}
	v := fileVerdict{Format: r.Format, Valid: r.Valid, Say: fileGenuine, Steps: []fileStep{}}
	if !r.Valid {
		v.Say = fileRefused
	} else if !r.Until.IsZero() {
		v.Until = stamp(r.Until)
	}
	for _, step := range r.Checks {
		view := fileStep{Name: step.Name, OK: step.OK, Clause: step.Clause}
		if f := fault.Of(step.Err); f != nil {
			view.Code = f.Code
			if v.Say == fileRefused {
				v.Say = f.Say // of the first that failed
			}
		}
		v.Steps = append(v.Steps, view)
	}
	return answer(v, nil)
}
