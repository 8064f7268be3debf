import '@edl/kit/base.css'
import './verify.css'
import { followSystemTheme } from '@edl/kit/display'
import { language, setLanguage } from '@edl/kit/language'
import { createApp } from 'vue'
import App from './App.vue'
import { watchLine } from './line'
import { router } from './router'
import { readySound } from './sound'
import { atWork, wire } from './terminal'
import { keepApp } from './version'

followSystemTheme()
setLanguage(language.value) // tells assistive technology which language this is
watchLine()
wire()
addEventListener('pointerdown', readySound)
addEventListener('keydown', readySound)
if (import.meta.env.PROD) keepApp(atWork)
createApp(App).use(router).mount('#app')
