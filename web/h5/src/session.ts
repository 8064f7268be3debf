// Who this page speaks for. A session of level phone shows no licence; proving
// the enrolled key lifts it to level driver. Without a network the last driver
// session is assumed: it opens only what this phone has kept.

import { call, Problem } from '@edl/kit/api'
import { clockOffset, learnServerTime } from '@edl/kit/clock'
import { computed, ref, shallowRef } from 'vue'
import type { Session } from './api-types'
import { forgetDevice, holdsKey, keepEnrolment, prepareEnrolment, proveDevice, type Enrolment } from './device'
import { cacheDelete, cacheGet, cachePut } from '@edl/kit/keystore'

export const session = shallowRef<Session | null>(null)
/** The server could not be reached when it was last asked. */
export const offline = ref(false)
/** This phone was ended from elsewhere; its key is of no use any more. */
export const deviceEnded = ref(false)
/** Whether the device key is on this phone. */
export const hasKey = ref(false)
export const level = computed(() => session.value?.level ?? 'none')

/** What belongs to one driver and leaves with them. */
const PERSONAL = ['session', 'show', 'home', 'licence', 'portrait', 'messages', 'checks', 'applications', 'draft-photo']

/** Asks the server who we are; resolves when level is known. */
export async function openSession(): Promise<void> {
  hasKey.value = await holdsKey().catch(() => false)
  try {
    await adopt(await call<Session>('/api/driver/session'))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (error.status === 401) session.value = null
    else await assumeLastSession()
  }
}

async function assumeLastSession(): Promise<void> {
  offline.value = true
  clockOffset.value = (await cacheGet<{ clockOffsetMs: number }>('show').catch(() => undefined))?.clockOffsetMs ?? 0
  session.value = (await cacheGet<Session>('session').catch(() => undefined)) ?? null
}

/** Takes over a session the server has answered with. */
export async function adopt(answered: Session): Promise<void> {
  offline.value = false
  learnServerTime(answered.serverTime)
  const proved = answered.level === 'phone' ? await prove(answered) : answered
  session.value = proved
  if (proved.level === 'driver') await cachePut('session', proved)
}

async function prove(asked: Session): Promise<Session> {
  const proof = await proveDevice(asked.challenge)
  if (!proof) return asked
  try {
    return await call<Session>('/api/driver/session/proof', { body: proof })
  } catch (error) {
    if (!(error instanceof Problem) || error.status === 0 || error.status >= 500) throw error
    deviceEnded.value = true // the server knows the session but not this key
    await forgetDevice()
    await forgetKept()
    hasKey.value = false
    return asked
  }
}

/** Makes a key, lets `send` bind it, and keeps it only if the server agreed. */
export async function enrol(challenge: string, send: (device: Enrolment) => Promise<Session>): Promise<void> {
  const { pair, device } = await prepareEnrolment(challenge)
  const answered = await send(device)
  await keepAndAdopt(pair, answered)
}

export async function keepAndAdopt(pair: CryptoKeyPair, answered: Session): Promise<void> {
  if (answered.deviceId) await keepEnrolment(pair, answered.deviceId)
  hasKey.value = true
  deviceEnded.value = false
  await adopt(answered)
}

/** The server no longer knows this session. */
export function sessionEnded(): void {
  session.value = null
}

export async function signOut(): Promise<void> {
  await call<void>('/api/driver/session', { method: 'DELETE' })
  await forgetDriver()
}

async function forgetKept(): Promise<void> {
  for (const key of PERSONAL) await cacheDelete(key)
}

/** Removes all that this phone keeps about the driver, the key excepted. */
export async function forgetDriver(): Promise<void> {
  await forgetKept()
  sessionStorage.clear()
  session.value = null
}

/** After the account's end the key leaves too. */
export async function forgetAll(): Promise<void> {
  await forgetDriver()
  await forgetDevice()
  localStorage.removeItem('edl-bound')
  hasKey.value = false
}
