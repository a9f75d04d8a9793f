// The live page: stock, orders and how many look, by WebSocket, or by server-sent events where none opens.

/** Milliseconds: of the first pause before another try, and the most that it doubles to. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;

/** After so many tries without a WebSocket every other one is by server-sent events. */
const SOCKET_TRIES = 2;

/** The server keeps as many. */
const MAX_ORDERS = 50;

/** More are not counted. */
const MAX_PEOPLE = 100;

const state = document.getElementById('state');
const people = document.getElementById('people');
const problem = document.getElementById('problem');
const form = document.getElementById('order');
const books = document.getElementById('books');
const orders = document.getElementById('orders');

const onlyEvents = new URLSearchParams(location.search).has('sse');

/** Tries since the page was last up to date. */
let failures = 0;
let pause = null;

function connect() {
  pause = null;
  show('waiting', 'Connecting…');
  const byEvents = onlyEvents || (failures >= SOCKET_TRIES && failures % 2 === 0);
  if (byEvents) {
    listen();
  } else {
    open();
  }
}

function open() {
  const url = new URL('/live/socket', location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const socket = new WebSocket(url);
  socket.onmessage = (event) => receive(event.data, 'WebSocket');
  // An error is followed by this as well. 1001: the server ends, and another takes its place.
  socket.onclose = (event) => tryAgain(event.code === 1001 ? 'The shop restarts' : 'Not connected');
}

function listen() {
  const source = new EventSource('/live/events');
  source.onmessage = (event) => receive(event.data, 'server-sent events');
  source.onerror = () => {
    // The browser tries again by itself, and tells what it has seen; but not after an answer that is none.
    if (source.readyState === EventSource.CLOSED) {
      tryAgain('Not connected');
    } else {
      show('waiting', 'Not connected: trying again');
    }
  };
}

/** Pauses twice as long each time, and each page for another time: they do not all come at once. */
function tryAgain(reason) {
  const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
  failures += 1;
  show('waiting', `${reason}: trying again`);
  pause = setTimeout(connect, longest * (0.5 + Math.random() / 2));
}

addEventListener('online', () => {
  if (pause !== null) {
    clearTimeout(pause);
    connect();
  }
});

function receive(json, how) {
  const news = JSON.parse(json);
  failures = 0;
  show('live', `Live by ${how}`);
  if (news.type === 'snapshot') {
    showPeople(news.people);
    showStock(new Map(news.stock));
    showOrders(news.orders);
  } else if (news.type === 'order') {
    showLeft(news.book, news.left);
    addOrder(news);
  } else if (news.type === 'people') {
    showPeople(news.people);
  }
}

function show(kind, text) {
  state.dataset.kind = kind;
  // Readers of screens say it each time that it is set.
  if (state.textContent !== text) {
    state.textContent = text;
  }
  people.hidden = kind !== 'live';
}

function showPeople(count) {
  const who = count > MAX_PEOPLE ? `More than ${MAX_PEOPLE} people look` : `${count} people look`;
  people.textContent = count === 1 ? 'Only you look at this page' : `${who} at this page`;
}

function showStock(stock) {
  for (const row of books.children) {
    const book = Number(row.dataset.book);
    showLeft(book, stock.get(book) ?? 0);
  }
}

function showLeft(book, left) {
  const row = books.querySelector(`[data-book="${book}"]`);
  // It may be new since the page was loaded.
  if (row === null) {
    return;
  }
  const shown = row.querySelector('.left');
  const text = left === 0 ? 'Sold out' : `${left} left`;
  if (shown.textContent !== text) {
    shown.textContent = text;
    shown.animate([{ opacity: 0.2 }, { opacity: 1 }], 600);
  }
  row.querySelector('button').disabled = left === 0;
}

/** Adds those that are not there, so that readers of screens do not say all of them again. */
function showOrders(all) {
  const known = new Set(all.map((order) => order.id));
  for (const row of [...orders.children]) {
    if (!known.has(row.dataset.order)) {
      row.remove();
    }
  }
  all.forEach(addOrder);
}

function addOrder(order) {
  if ([...orders.children].some((row) => row.dataset.order === order.id)) {
    return;
  }
  const row = document.createElement('li');
  row.dataset.order = order.id;
  row.append(text('bdi', order.customer), ' ordered ', text('bdi', order.title), ' ', time(order.at));
  orders.prepend(row);
  while (orders.children.length > MAX_ORDERS) {
    orders.lastElementChild.remove();
  }
}

/** Text of somebody else's: nothing in it is markup. */
function text(name, content) {
  const element = document.createElement(name);
  element.textContent = content;
  return element;
}

function time(seconds) {
  const date = new Date(seconds * 1000);
  const element = text('time', date.toLocaleTimeString([], { timeStyle: 'short' }));
  element.dateTime = date.toISOString();
  return element;
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  body.set('book', event.submitter.value);
  problem.textContent = await order(body);
});

/** What is wrong with the order; nothing if it is taken. */
async function order(body) {
  try {
    const headers = { accept: 'application/json' };
    const answer = await fetch(form.action, { method: 'POST', body, headers, redirect: 'manual' });
    // A page without a script is led back to the page.
    return answer.type === 'opaqueredirect' ? '' : (await answer.json()).detail;
  } catch {
    return 'The order did not reach the shop: try again';
  }
}

/** The server does not know the time of day here. */
for (const element of orders.querySelectorAll('time')) {
  element.replaceWith(time(Number(element.dataset.at)));
}

connect();
