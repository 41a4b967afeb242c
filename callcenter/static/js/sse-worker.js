// One EventSource for all tabs of this browser: HTTP/1.1 allows six connections to a host, and a seventh tab would hang.
const KINDS = ['ticket', 'call', 'promise', 'message', 'looking'];
const ports = new Set();
let source = null;
let state = null; // the last thing said about the connection, for tabs that come later

const tell = (message) => ports.forEach((port) => port.postMessage(message));

function open(url) {
  source = new EventSource(url);
  source.addEventListener('state', (e) => tell((state = { kind: 'state', data: JSON.parse(e.data) })));
  for (const kind of KINDS) source.addEventListener(kind, (e) => tell({ kind, data: JSON.parse(e.data) }));
  source.onerror = () => tell((state = { lost: true, closed: source.readyState === EventSource.CLOSED }));
}

function leave(port) {
  ports.delete(port);
  if (ports.size || !source) return;
  source.close();
  source = null;
  state = null;
}

onconnect = ({ ports: [port] }) => {
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (data.bye) return leave(port);
    ports.add(port);
    if (!source || source.readyState === EventSource.CLOSED) open(data.url);
    else if (state) port.postMessage(state);
    return undefined;
  };
  port.start();
};
