package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"edl/internal/account"
	"edl/internal/lang"
	"edl/internal/notification"
)

type messageView struct {
	ID     string            `json:"id"`
	Kind   notification.Kind `json:"kind"`
	At     string            `json:"at"`
	Title  lang.Text         `json:"title"`
	Body   lang.Text         `json:"body"`
	Link   string            `json:"link,omitempty"`
	ReadAt string            `json:"readAt,omitempty"`
}

type messagesView struct {
	Messages []messageView `json:"messages"`
	Unread   int           `json:"unread"`
	Next     string        `json:"next,omitempty" doc:"pass as before to see older ones"`
}

// older is the input of a list that goes back in time.
type older struct {
	Before string `query:"before" maxLength:"64"`
}

// pageSize is how many rows a list returns at once.
const pageSize = 30

func (s *Server) driverMessageRoutes() {
	handle(s, op{id: "listMessages", method: get, path: "/api/driver/messages", access: Driver,
		summary: "The inbox, newest first"}, s.listMessages)
	handle(s, op{id: "readMessage", method: post, path: "/api/driver/messages/{id}/read", access: Driver, status: http.StatusNoContent,
		summary: "Mark a message as read"}, s.readMessage)
	handle(s, op{id: "readMessages", method: post, path: "/api/driver/messages/read", access: Driver, status: http.StatusNoContent,
		summary: "Mark all messages as read"}, s.readMessages)
	s.mux.HandleFunc("GET /api/driver/events", s.streamEvents)
}

func (s *Server) listMessages(ctx context.Context, c *Caller, in *older) (*output[messagesView], error) {
	list, unread, err := s.Inbox.Page(ctx, c.Session.LicenceID, in.Before, pageSize)
	if err != nil {
		return nil, err
	}
	view := messagesView{Messages: viewMessages(list), Unread: unread}
	if len(list) == pageSize {
		view.Next = list[len(list)-1].ID
	}
	return answer(view, nil)
}

func viewMessages(list []notification.Message) []messageView {
	views := []messageView{}
	for _, m := range list {
		views = append(views, messageView{m.ID, m.Kind, stamp(m.At), m.Title, m.Body, m.Link, stamp(m.ReadAt)})
	}
	return views
}

func (s *Server) readMessage(ctx context.Context, c *Caller, in *byID) (*none, error) {
	return done(s.Inbox.MarkRead(ctx, c.Session.LicenceID, in.ID))
}

func (s *Server) readMessages(ctx context.Context, c *Caller, _ *none) (*none, error) {
	return done(s.Inbox.MarkRead(ctx, c.Session.LicenceID, ""))
}

// heartbeat keeps a silent stream from being cut by what lies between.
const heartbeat = 20 * time.Second

// streamEvents sends hints to an open page (text/event-stream). It ends with
// the session: a stream that outlived its sign-out would go on telling.
func (s *Server) streamEvents(w http.ResponseWriter, r *http.Request) {
	c := s.caller(r, Driver)
	if err := s.identify(r, c); err != nil {
		writeProblem(w, problemOf(err, c.English))
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	stream := http.NewResponseController(w)
	events, leave := s.Live.Listen(c.Session.LicenceID)
	defer leave()
	fmt.Fprint(w, "retry: 3000\n\n")
	if stream.Flush() != nil {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case e, open := <-events:
			if !open {
				return
			}
			data, err := json.Marshal(e.Data)
			if err != nil {
				return
			}
			fmt.Fprintf(w, "event: %s\ndata: %s\n\n", e.Name, data)
		case <-beat.C:
			cookie, err := r.Cookie(cookieName(account.DriverPop))
			if err != nil {
				return
			}
			if _, err := s.Sessions.Find(r.Context(), account.DriverPop, cookie.Value); err != nil {
				return
			}
			fmt.Fprint(w, ": still here\n\n")
		case <-r.Context().Done():
			return
		}
		if stream.Flush() != nil {
			return
		}
	}
}
