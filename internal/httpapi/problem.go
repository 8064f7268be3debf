package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/uid"
)

// A Problem is every refusal, as RFC 9457 lays it out: a stable code, a
// sentence for a person in both languages, and a trace to quote.
type Problem struct {
	Type       string         `json:"type" doc:"urn:edl:problem:CODE"`
	Title      string         `json:"title" doc:"the sentence in the language that was asked for"`
	Status     int            `json:"status"`
	Code       string         `json:"code" doc:"stable identifier of the cause"`
	Say        lang.Text      `json:"say" doc:"what happened and what to do"`
	Errors     []FieldProblem `json:"errors,omitempty" doc:"which fields are wrong"`
	RetryAfter int            `json:"retryAfter,omitempty" doc:"seconds to wait"`
	Trace      string         `json:"trace" doc:"quote this when reporting the problem"`
	cause      error
}

// A FieldProblem is what is wrong with one field of the input.
type FieldProblem struct {
	Field string    `json:"field"`
	Code  string    `json:"code"`
	Say   lang.Text `json:"say"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Code + ": " + p.Say.EN }

// Unwrap returns what caused the problem, for the log.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{"Cache-Control": {"no-store"}}
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	return h
}

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

var statusOf = map[fault.Kind]int{
	fault.Invalid:         http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Denied:          http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.Unsupported:     http.StatusUnsupportedMediaType,
	fault.Limited:         http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
}

// The problems that the API itself finds, by HTTP status.
var (
	errInternal = fault.New(0, "internal",
		"服务器出了问题，我们已经记下。请再试一次；仍不行，请把代码告诉我们。",
		"The server failed and we have noted it. Try again; if it goes on, tell us the code.")
	errMalformed    = fault.New(fault.Invalid, "malformed", "内容不完整或格式不对，没有保存。请检查标出的项目。", "Something is missing or not in the right form; nothing was saved. Check the fields that are marked.")
	errUnknownField = fault.New(fault.Invalid, "unknown_field", "没有这一项。", "There is no such field.")
	errField        = fault.New(fault.Invalid, "invalid_field", "这一项没有填，或格式不对。", "This is missing or not in the right form.")
	errTooLarge     = fault.New(fault.TooLarge, "too_large", "内容太大，没有收下。", "That is too large; it was not taken.")
	errMedia        = fault.New(fault.Unsupported, "unsupported_media", "不认识这种内容格式。", "This kind of content is not understood.")
	errNoRoute      = fault.New(fault.NotFound, "no_route", "没有这个地址。", "There is no such address.")
	errMethod       = fault.New(fault.NotFound, "no_method", "这个地址不支持这种请求。", "This address does not take such a request.")
	errTimeout      = fault.New(fault.Unavailable, "timeout", "请求传得太慢，没有收完。请检查网络后再试。", "The request arrived too slowly. Check the network and try again.")
	errOrigin       = fault.New(fault.Denied, "cross_origin", "请求来自别的网站，没有执行。", "The request came from another site and was not carried out.")
)

// problemOf renders err for the caller. An error that is no fault becomes an
// opaque internal problem whose trace leads to the log.
func problemOf(err error, english bool) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	f := fault.Of(err)
	status := http.StatusInternalServerError
	if f != nil && statusOf[f.Kind] != 0 {
		status = statusOf[f.Kind]
	} else {
		f = errInternal
	}
	p = &Problem{
		Type: "urn:edl:problem:" + f.Code, Title: f.Say.ZH, Status: status, Code: f.Code, Say: f.Say,
		Trace: "E-" + uid.Digits(8), cause: err,
	}
	if english {
		p.Title = f.Say.EN
	}
	var field *fault.Field
	if errors.As(err, &field) {
		p.Errors = append(p.Errors, FieldProblem{Field: field.Name, Code: f.Code, Say: f.Say})
	}
	var retry *fault.Retry
	if errors.As(err, &retry) {
		p.RetryAfter = max(1, int(retry.After.Seconds()+0.999))
	}
	return p
}

var overrideOnce sync.Once

// overrideErrors makes huma's own refusals problems too. Its default body
// would show the rejected value and internal text.
func overrideErrors() {
	overrideOnce.Do(func() {
		huma.DefaultArrayNullable = false // an empty list is [], never null
		huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
			return humaProblem(context.Background(), status, errs)
		}
		huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
			return humaProblem(ctx.Context(), status, errs)
		}
	})
}

func humaProblem(ctx context.Context, status int, errs []error) *Problem {
	f := errMalformed
	switch status {
	case http.StatusRequestEntityTooLarge:
		f = errTooLarge
	case http.StatusUnsupportedMediaType, http.StatusNotAcceptable:
		f = errMedia
	case http.StatusRequestTimeout:
		f = errTimeout
	case http.StatusNotFound:
		f = errNoRoute
	case http.StatusInternalServerError:
		f = errInternal
	}
	p := problemOf(errors.Join(append([]error{f}, errs...)...), callerOf(ctx).English)
	for _, err := range errs {
		var d huma.ErrorDetailer
		if errors.As(err, &d) && f == errMalformed {
			p.Errors = append(p.Errors, fieldProblem(d.ErrorDetail()))
		}
	}
	return p
}

// fieldProblem keeps the place and drops the rejected value.
func fieldProblem(d *huma.ErrorDetail) FieldProblem {
	f := errField
	if strings.HasPrefix(d.Message, "unexpected property") {
		f = errUnknownField
	}
	field := strings.TrimPrefix(strings.TrimPrefix(d.Location, "body."), "query.")
	return FieldProblem{Field: field, Code: f.Code, Say: f.Say}
}
