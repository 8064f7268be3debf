// What the band can look like: kinds of outcome, tones and shapes.

export type Kind =
  | 'usable' | 'not_usable' // verdicts
  | 'pending' | 'no_record' // answers that are none
  | 'forged' | 'expired' | 'clock' | 'replayed' | 'ended' | 'unregistered' // about the code
  | 'offline' | 'limited' | 'failed' // about the line
  | 'no_match' | 'not_allowed' | 'other'

export type Tone = 'usable' | 'stop' | 'forged' | 'again' | 'warn'

export type Shape =
  | 'usable' | 'stop' | 'unknown' | 'forged' | 'expired' | 'clock' | 'offline'
  | 'replayed' | 'ended' | 'missing' | 'wait' | 'failed'

/** What the one big button does. */
export type Act = 'next' | 'rescan' | 'retry'
