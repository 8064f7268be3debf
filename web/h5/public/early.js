// Before the first paint: size, theme and language as chosen on this device.
(function (root) {
  var size = localStorage.getItem('edl-size'), theme = localStorage.getItem('edl-theme'), language = localStorage.getItem('edl-lang')
  if (size === 'large') root.dataset.size = 'large'
  if (theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)) root.dataset.theme = 'dark'
  if (language === 'en' || (language !== 'zh' && /^en/i.test(navigator.language))) root.lang = 'en'
})(document.documentElement)
