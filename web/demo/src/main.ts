import '@edl/kit/base.css'
import './demo.css'
import { followSystemTheme } from '@edl/kit/display'
import { language, setLanguage } from '@edl/kit/language'
import { createApp } from 'vue'
import App from './App.vue'

followSystemTheme()
setLanguage(language.value) // tells assistive technology which language this is
createApp(App).mount('#app')
