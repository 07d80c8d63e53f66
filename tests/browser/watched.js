// Remembers what a page received, showed and connected to, for the tests that ask.
window.watched = { frames: [], shown: [], connections: [] };

window.WebSocket = class extends WebSocket {
  constructor(...words) {
    super(...words);
    this.addEventListener('message', ({ data }) => watched.frames.push(String(data)));
  }
};

window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...words) {
    super(...words);
    watched.connections.push(this);
  }
};

new MutationObserver((changes) => {
  for (const { type, target, addedNodes } of changes) {
    const nodes = type === 'childList' ? addedNodes : [target];
    for (const node of nodes) if (node.textContent) watched.shown.push(node.textContent);
  }
}).observe(document, { subtree: true, childList: true, characterData: true });
