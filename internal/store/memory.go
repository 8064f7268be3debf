package store

import (
	"maps"
	"slices"
	"sync"

	"edl/internal/account"
	"edl/internal/relyingparty"
)

// memory keeps what every check asks for and people change now and then: who is
// signed in, who works where, and what the scenarios permit. Where this process is the only
// writer, which SQLite implies, it is exact: a change that was acknowledged is
// never unseen by a transaction that began afterwards.
type memory struct {
	mu        sync.RWMutex // guards what follows
	epoch     int64        // counts the changes
	desks     map[deskKey]*relyingparty.Desk
	scenarios map[relyingparty.ScenarioID]*relyingparty.Scenario
	sessions  map[string]account.Session // by the hash of the token
	hours     map[string]operatorHour    // the last that is noted, by operator
}

type deskKey struct{ terminalID, operatorID string }

// memoryLimit bounds the desks, the sessions and the hours that are kept.
const memoryLimit = 20_000

// begin returns the epoch to read in. It must be asked before the transaction
// takes its snapshot: what an older snapshot showed is not kept.
func (m *memory) begin() int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.epoch
}

// forget drops everything; it is called when a change is durable.
func (m *memory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch++
	m.desks, m.scenarios = nil, nil
}

// forgetSessions drops the sessions that meet a condition.
func (m *memory) forgetSessions(of func(account.Session) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch++
	maps.DeleteFunc(m.sessions, func(_ string, s account.Session) bool { return of(s) })
}

// remembers reports whether the transaction may use what is kept.
func (tx *Tx) remembers() bool { return tx.view && tx.db.readers != nil }

// keep lets f keep what this transaction read, once that is durable.
func (tx *Tx) keep(f func(m *memory)) {
	if tx.remembers() {
		tx.learnt = append(tx.learnt, f)
	}
}

// learn keeps what a transaction read, unless something changed since it began.
func (m *memory) learn(tx *Tx) {
	if tx.learnt == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.epoch != tx.epoch {
		return
	}
	for _, keep := range tx.learnt {
		keep(m)
	}
}

// changesDesks makes every reader look anew once this transaction is durable.
func (tx *Tx) changesDesks() { tx.afterCommit(tx.db.memory.forget) }

func (tx *Tx) knownDesk(k deskKey) *relyingparty.Desk {
	if !tx.remembers() {
		return nil
	}
	tx.db.memory.mu.RLock()
	defer tx.db.memory.mu.RUnlock()
	return tx.db.memory.desks[k]
}

func (tx *Tx) keepDesk(k deskKey, d *relyingparty.Desk) {
	tx.keep(func(m *memory) {
		if m.desks == nil || len(m.desks) >= memoryLimit {
			m.desks = map[deskKey]*relyingparty.Desk{}
		}
		m.desks[k] = d
	})
}

func (tx *Tx) knownScenario(id relyingparty.ScenarioID) *relyingparty.Scenario {
	if !tx.remembers() {
		return nil
	}
	tx.db.memory.mu.RLock()
	defer tx.db.memory.mu.RUnlock()
	return tx.db.memory.scenarios[id]
}

func (tx *Tx) keepScenario(s *relyingparty.Scenario) {
	tx.keep(func(m *memory) {
		if m.scenarios == nil {
			m.scenarios = map[relyingparty.ScenarioID]*relyingparty.Scenario{}
		}
		m.scenarios[s.ID] = s
	})
}

// changesSessions makes every reader look anew for the sessions that meet a
// condition, once this transaction is durable.
func (tx *Tx) changesSessions(of func(account.Session) bool) {
	tx.afterCommit(func() { tx.db.memory.forgetSessions(of) })
}

// knownSession returns a copy, for its holder changes it.
func (tx *Tx) knownSession(token []byte) *account.Session {
	if !tx.remembers() {
		return nil
	}
	tx.db.memory.mu.RLock()
	defer tx.db.memory.mu.RUnlock()
	s, ok := tx.db.memory.sessions[string(token)]
	if !ok {
		return nil
	}
	s.Roles = slices.Clone(s.Roles)
	return &s
}

func (tx *Tx) keepSession(token []byte, s account.Session) {
	tx.keep(func(m *memory) {
		if m.sessions == nil || len(m.sessions) >= memoryLimit {
			m.sessions = map[string]account.Session{}
		}
		s.Roles = slices.Clone(s.Roles)
		m.sessions[string(token)] = s
	})
}

// noted reports whether an hour is known to be in the database, where nothing
// takes it out.
func (m *memory) noted(h operatorHour) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.hours[h.operatorID] == h
}

// note keeps an hour that is durable.
func (m *memory) note(h operatorHour) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.hours == nil || len(m.hours) >= memoryLimit {
		m.hours = map[string]operatorHour{}
	}
	m.hours[h.operatorID] = h
}
