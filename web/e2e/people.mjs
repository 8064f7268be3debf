// What people do, in the words of the pages: a driver signs in and binds a
// phone, a clerk enrols a terminal and signs in. Each step presses what a
// person would press.
import { launch, openPage, phoneView } from './browser.mjs'

const press = (page, id) => page.getByTestId(id).click()
const type = (page, id, text) => page.getByTestId(id).fill(text)

/** Signs a phone number in; the session shows no licence yet. */
export async function signIn(server, page, phone) {
  await page.goto(server.url + '/driver/#/signin')
  await type(page, 'phone', phone)
  await press(page, 'send-code')
  await page.getByTestId('code').waitFor()
  await type(page, 'code', (await server.sms(phone)).code)
  await press(page, 'sign-in')
}

/** Fills in the binding and answers the code that went to the phone on the register. */
export async function bind(server, page, driver) {
  await page.goto(server.url + '/driver/#/bind')
  await page.getByTestId('name').waitFor()
  await type(page, 'name', driver.name)
  await page.getByTestId('document-type').selectOption(driver.documentType)
  await type(page, 'document-number', driver.number)
  await type(page, 'file-number', driver.fileNumber)
  await page.getByTestId('consent-privacy').check()
  await page.getByTestId('consent-number').check()
  const before = await server.sms(driver.phone).catch(() => ({ seq: 0 }))
  await press(page, 'bind-next')
  await page.getByTestId('code').waitFor()
  await type(page, 'code', (await server.sms(driver.phone, before.seq)).code)
  await press(page, 'bind')
}

/** Opens the app as the driver of a case, on a phone of their own, bound. */
export async function driverOf(server, key, { browser, options = phoneView } = {}) {
  const own = browser ?? (await launch())
  const page = await openPage(own, options)
  const driver = server.driver(key)
  await signIn(server, page, driver.phone)
  await bind(server, page, driver)
  await page.getByTestId('opening').waitFor()
  return { page, driver, browser: own, close: () => (browser ? page.context().close() : own.close()) }
}
