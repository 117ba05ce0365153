// A link ends in #token=…: that part is never sent by the browser, so it is in no log on the way.
const form = document.querySelector('form');

function logInByLink() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token) {
    history.replaceState(null, '', location.pathname + location.search);
    form.elements.token.value = token;
    form.submit();
  }
  return token;
}

addEventListener('hashchange', logInByLink);
if (!logInByLink() && !document.getElementById('problem').textContent) {
  // Whoever comes by a link from another site has a session whose cookie was held back.
  fetch('/api/v1/status').then(answer => {
    if (answer.ok) {
      location.replace('/');
    }
  }, () => {});
}
