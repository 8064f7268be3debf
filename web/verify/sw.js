// The service worker of the terminal: it opens from this device alone, with or
// without a network. VERSION and FILES are written in front of this text by
// sw-build.mjs. Answers of the server are never kept here, and nothing outside
// the terminal's own folder is answered.

const SCOPE = '/verify/'
const PREFIX = 'edl-verify-'
const CACHE = `${PREFIX}${VERSION}`

self.addEventListener('install', (event) => {
  event.waitUntil(keepFiles())
})

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOldCaches().then(() => self.clients.claim()))
})

// A new version waits until a page says that nobody is at work.
self.addEventListener('message', (event) => {
  if (event.data === 'take over') event.waitUntil(self.skipWaiting())
})

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== location.origin || !url.pathname.startsWith(SCOPE)) return
  event.respondWith(answer(event.request, url))
})

async function keepFiles() {
  const cache = await caches.open(CACHE)
  await cache.addAll(FILES.map((file) => new Request(file, { cache: file.includes('/assets/') ? 'default' : 'reload' })))
}

/** The version before stays, for a page of it that is still open: names come in the order in which they were made. */
async function dropOldCaches() {
  const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE)
  await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)))
}

/** Every page is the app's one page. A file is this version's, or the one before's; what is not kept comes from the server. */
async function answer(request, url) {
  const path = request.mode === 'navigate' ? SCOPE : url.pathname
  const kept = (await caches.match(path, { cacheName: CACHE, ignoreSearch: true })) ?? (await caches.match(path, { ignoreSearch: true }))
  return kept ?? fetch(request)
}
