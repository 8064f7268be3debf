package account

import (
	"context"
	"time"

	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/uid"
)

// An Answer is what became of a new phone's request.
type Answer string

// The answers.
const (
	Waiting  Answer = "waiting"
	Approved Answer = "approved"
	Refused  Answer = "refused"
	Expired  Answer = "expired" // derived from the time, never stored
)

// A Request is a new phone asking a driver's enrolled phones to let it in. Both
// show the same two digits, so that nobody approves another's request.
type Request struct {
	ID        string
	SessionID string
	Phone     identity.Phone // the number that the new phone signed in with
	Device    Device         // as it will be enrolled; LicenceID is set by the approval
	Match     string
	At        time.Time
	Answer    Answer
	Taken     bool // the new phone has fetched its session
	Version   int64
}

// StatusAt derives what became of the request.
func (r *Request) StatusAt(now time.Time) Answer {
	if r.Answer == Waiting && now.Sub(r.At) > linger {
		return Expired
	}
	return r.Answer
}

// ExpiresAt is when an unanswered request ends.
func (r *Request) ExpiresAt() time.Time { return r.At.Add(linger) }

// RequestTx is what requests need of a storage transaction.
type RequestTx interface {
	AddRequest(ctx context.Context, r *Request) error
	Request(ctx context.Context, id string) (*Request, error)
	// RequestsOf returns the requests of phones that signed in with a number,
	// made after since and not answered yet.
	RequestsOf(ctx context.Context, phone identity.Phone, since time.Time) ([]*Request, error)
	SaveRequest(ctx context.Context, r *Request) error
}

// ErrRequest is returned for a request that is over.
var ErrRequest = fault.New(fault.Conflict, "request.over", "这次请求已经结束，请在新手机上重新发起。", "That request is over. Start again on the new phone.")

// Ask starts a request for a new phone.
func (d *Drivers) Ask(ctx context.Context, s *Session, offer Offer) (*Request, error) {
	if err := d.Allow(LimitBind, s.ID); err != nil {
		return nil, err
	}
	device, err := offer.enrol("", d.Origin, s.Challenge, d.Now())
	if err != nil {
		return nil, err
	}
	r := &Request{
		ID: uid.New(d.Now()), SessionID: s.ID, Phone: s.Phone, Device: *device,
		Match: uid.Digits(2), At: d.Now(), Answer: Waiting,
	}
	var asked []string
	err = d.InTx(ctx, func(tx DriverTx) error {
		asked = nil
		entries, err := tx.LicencesByPhone(ctx, s.Phone)
		if err != nil {
			return err
		}
		for _, e := range entries {
			asked = append(asked, e.ID)
		}
		r.Version = 0
		return tx.AddRequest(ctx, r)
	})
	for _, licenceID := range asked {
		d.publish(licenceID, "device", map[string]string{"request": r.ID}, err)
	}
	return r, err
}

// Requests lists the open requests that a driver's phones may answer: those of
// phones that signed in with the number on the register.
func (d *Drivers) Requests(ctx context.Context, licenceID string) (list []*Request, err error) {
	err = d.Read(ctx, func(tx DriverTx) error {
		entry, err := tx.LicenceByID(ctx, licenceID)
		if err != nil || entry.Licence.Phone == "" {
			return err
		}
		list, err = tx.RequestsOf(ctx, entry.Licence.Phone, d.Now().Add(-linger))
		return err
	})
	return list, err
}

// Decide answers a request from an enrolled phone.
func (d *Drivers) Decide(ctx context.Context, by audit.Actor, licenceID, requestID string, approve bool) error {
	err := d.InTx(ctx, func(tx DriverTx) error {
		r, err := tx.Request(ctx, requestID)
		if err != nil {
			return err
		}
		entry, err := tx.LicenceByID(ctx, licenceID)
		if err != nil {
			return err
		}
		if entry.Licence.Phone == "" || r.Phone != entry.Licence.Phone {
			return errNoDevice
		}
		if r.StatusAt(d.Now()) != Waiting {
			return ErrRequest
		}
		r.Answer = Refused
		if approve {
			r.Answer, r.Device.LicenceID = Approved, licenceID
		}
		if err := tx.SaveRequest(ctx, r); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{
			At: d.Now(), Actor: by, Action: ActApprove, Subject: licenceID, Object: r.ID,
			Detail: map[string]string{"answer": string(r.Answer), "name": r.Device.Name},
		})
	})
	d.publish(licenceID, "device", nil, err)
	return err
}

// Follow tells a new phone what became of its request; once it was approved,
// the phone is enrolled and its session raised.
func (d *Drivers) Follow(ctx context.Context, s *Session, requestID string) (answer Answer, raised *Session, token string, err error) {
	err = d.InTx(ctx, func(tx DriverTx) error {
		raised, token = nil, ""
		r, err := tx.Request(ctx, requestID)
		if err != nil {
			return err
		}
		if r.SessionID != s.ID {
			return errNoDevice
		}
		answer = r.StatusAt(d.Now())
		if answer != Approved || r.Taken {
			return nil
		}
		r.Taken = true
		if err := tx.SaveRequest(ctx, r); err != nil {
			return err
		}
		device := r.Device
		raised, token, err = d.enrolled(ctx, tx, s, &device, Consent{}, "approval")
		return err
	})
	return answer, raised, token, err
}
