// The service worker of the driver's app and of the 亮码 page: both open from
// this phone alone, with or without a network, and a push becomes a notice.
// VERSION and FILES are written in front of this text by sw-build.mjs. Answers
// of the server are never kept here: the pages keep what they need themselves.

const SCOPE = '/driver/'
const CACHE = `edl-driver-${VERSION}`

self.addEventListener('install', (event) => {
  event.waitUntil(keepFiles().then(() => self.skipWaiting()))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOldCaches().then(() => self.clients.claim()))
})

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== location.origin || !url.pathname.startsWith(SCOPE)) return
  event.respondWith(answer(event.request, url))
})

self.addEventListener('push', (event) => {
  event.waitUntil(notify(event.data))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open(event.notification.data?.link ?? '/messages'))
})

async function keepFiles() {
  const cache = await caches.open(CACHE)
  await cache.addAll(FILES.map((file) => new Request(file, { cache: file.includes('/assets/') ? 'default' : 'reload' })))
}

async function dropOldCaches() {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name.startsWith('edl-driver-') && name !== CACHE).map((name) => caches.delete(name)))
}

/** A page's address is answered by its app's page, a file by itself; what is not kept comes from the server. */
async function answer(request, url) {
  const kept = request.mode === 'navigate' ? page(url.pathname) : url.pathname
  return (await caches.match(kept, { cacheName: CACHE, ignoreSearch: true })) ?? fetch(request)
}

const page = (path) => (path.startsWith(`${SCOPE}code`) ? `${SCOPE}code/` : SCOPE)

/** The notice's words: a string, or one for each language. */
async function notify(data) {
  let said = {}
  try {
    said = data?.json() ?? {}
  } catch {
    said = { body: data?.text() }
  }
  const language = await chosenLanguage()
  const word = (text) => (typeof text === 'object' && text ? text[language] : text)
  await self.registration.showNotification(word(said.title) || (language === 'en' ? 'Driving licence' : '电子驾驶证'), {
    body: word(said.body) ?? '', lang: language === 'en' ? 'en' : 'zh-CN', tag: said.id ?? said.kind, data: { link: said.link },
    icon: `${SCOPE}icons/icon-192.png`, badge: `${SCOPE}icons/icon-192.png`,
  })
}

/** The language the driver chose, as the app noted it. */
function chosenLanguage() {
  return new Promise((resolve) => {
    const request = indexedDB.open('edl')
    request.onupgradeneeded = () => request.transaction.abort() // the pages make it, not we
    request.onerror = () => resolve('zh')
    request.onsuccess = () => {
      const database = request.result
      const get = database.transaction('cache').objectStore('cache').get('language')
      get.onsuccess = () => resolve(get.result === 'en' ? 'en' : 'zh')
      get.onerror = () => resolve('zh')
      database.close()
    }
  })
}

/** Opens the app at a link of a message, in the window that is already there if there is one. */
async function open(link) {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const app = windows.find((w) => { const path = new URL(w.url).pathname; return path === SCOPE })
  if (!app) return self.clients.openWindow(link.startsWith(SCOPE) ? link : `${SCOPE}#${link.replace(/^\/?#/, '')}`)
  app.postMessage({ open: link })
  return app.focus()
}
