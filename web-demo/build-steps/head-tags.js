import { contentSecurityPolicy } from '../content-security-policy.js';

const themeScript = { tag: 'script', attrs: { src: './theme-before-paint.js' }, injectTo: 'head' };

/** For hosts that send no headers of one's own. */
const policy = {
  tag: 'meta',
  attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
  injectTo: 'head-prepend',
};

/** What a page's head has beside what Vite would bundle: the script that must run before the page shows and, when it is built, the policy. */
export function headTags() {
  let isBuild;
  return {
    name: 'head-tags',
    configResolved({ command }) {
      isBuild = command === 'build';
    },
    transformIndexHtml: () => (isBuild ? [policy, themeScript] : [themeScript]),
  };
}
