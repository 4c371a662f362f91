// Nothing is lost: a token per tab, what is kept in the browser, a broken connection. page.js gives its tools.
const stylizeKeep = ({$, tell, words, notice, state, aloud}) => {
  // ---- a tab's token, 128 bits at random: a reload keeps it, a duplicated tab gets its own
  let token = "";
  const claim = name => !navigator.locks ? Promise.resolve(true) : new Promise(done => {
    navigator.locks.request(`stylize-${name}`, {ifAvailable: true}, lock => {
      done(!!lock);
      return lock && new Promise(() => {});  // held for as long as the tab lives
    });
  });
  const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));
  async function own() {
    token = sessionStorage.getItem("stylize") || "";
    if (token && !(await claim(token)) && !(await wait(300).then(() => claim(token)))) {
      copied = token;  // another tab has it: this one was duplicated
      token = "";
    }
    if (token) return token;
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    token = [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("");
    await claim(token);
    sessionStorage.setItem("stylize", token);
    return token;
  }
  // ---- the pictures and choices of the tab, in IndexedDB
  const SLOTS = ["content", "style", "second_style"], DAY = 86_400_000, root = document.documentElement;
  const linked = location.search.length > 1 && performance.getEntriesByType("navigation")[0]?.type === "navigate";
  let copied = "", kept = {}, values = null, planned = 0, saved = Promise.resolve();
  if (sessionStorage.getItem("stylize") && !linked) root.classList.add("restoring");  // the example is not shown
  function store(mode, work) {
    return new Promise((done, failed) => {
      const opened = Object.assign(indexedDB.open("stylize", 1), {onerror: failed});
      opened.onupgradeneeded = () => opened.result.createObjectStore("tabs");
      opened.onsuccess = () => {
        const request = work(opened.result.transaction("tabs", mode).objectStore("tabs"));
        request.onsuccess = () => { done(request.result); opened.result.close(); };
        request.onerror = failed;
      };
    });
  }
  const name = source => decodeURIComponent(source.split("?")[0].split("/").pop());
  const address = file => file && (file.url || "gradio_api/file=" + encodeURI(file.path));
  const put = () => store("readwrite", tabs => tabs.put(kept = {...kept, time: Date.now(), values}, token));
  async function save() {
    const now = {...kept}, sources = SLOTS.map(slot => [slot, address(values[slot])]);
    if (["done", "stopped"].includes(state())) sources.push(["painting", $("#painting img")?.src]);
    for (const [slot, source] of sources) {
      if (!source) delete now[slot];
      else if (now[slot]?.source !== source) {
        const answer = await fetch(source).catch(() => null);
        if (answer?.ok) now[slot] = {source, name: name(source), blob: await answer.blob()};
      }
    }
    kept = now;
    await put();
    root.dataset.kept = [...SLOTS, "painting"].map(slot => kept[slot]?.name || "").join(" ");
  }
  function changed() {  // called often: files are saved a little later, one save after another
    if (!values || !window.indexedDB) return;
    planned ||= setTimeout(() => {
      planned = 0;
      saved = saved.then(save).catch(error => console.warn("not kept:", error));
    }, 800);
  }
  function keep(names, now) {
    if (values) {
      values = Object.fromEntries(names.map((name, n) => [name, now[n]]));
      put().catch(() => {});  // at once: a reload may follow
    }
    changed();
  }
  async function upload({blob, name: file}) {
    const form = new FormData();
    form.append("files", new File([blob], file, {type: blob.type}));
    const [path] = await (await fetch("gradio_api/upload", {method: "POST", body: form})).json();
    return {path, url: "gradio_api/file=" + encodeURI(path), orig_name: file, meta: {_type: "gradio.FileData"}};
  }
  async function restore() {  // the values of the tab before; a picture that the server lost is uploaded again
    const before = !linked && await store("readonly", tabs => tabs.get(copied || token)).catch(() => null);
    if (!before?.values || Date.now() - before.time > DAY) return {};
    const given = {...(kept = before).values};
    for (const slot of SLOTS)
      if (given[slot] && !(await fetch(address(given[slot])).catch(() => null))?.ok)
        given[slot] = before[slot]?.source === address(given[slot]) ? await upload(before[slot]) : null;
    return given;
  }
  async function revive() {  // a painting that the server lost is uploaded again
    tell("revival", (await upload(kept.painting)).path);
    await wait(50);
    $("#revive").click();
    for (let n = 0; n < 100 && !["done", "stopped"].includes(state()); n++) await wait(100);
  }
  async function restored(names, now) {  // the values are there
    values = {};
    keep(names, now);
    if (kept.painting && state() === "ready") await revive().catch(() => {});
    const old = await store("readonly", tabs => tabs.getAllKeys()).catch(() => []);
    for (const key of old.slice(0, -20)) if (key !== token) store("readwrite", tabs => tabs.delete(key)).catch(() => {});
  }
  // ---- what is asked for and not done yet: it goes on after a reload, also of a restarted server
  const wish = sessionStorage.getItem("stylize-wish");
  const CARDS = ":is(#styles, #own_styles, #grid)", ASKING = `#paint, #more, #resume, #grid_row button, ${CARDS} [data-card]`;
  let asked = "", arrived = false;  // asked: selector of the button that was pressed last
  const goal = () => ({painting: "#resume", waiting: asked, trying: asked})[state()] || "";
  function ask(event) {  // kept at once: a reload may come before the server's answer
    const button = event.target.closest(ASKING);
    if (!button) return;
    asked = `#${button.id || `${button.closest(CARDS).id} [data-card="${button.dataset.card}"]`}`;
    sessionStorage.setItem("stylize-wish", asked);
  }
  function endRestoring() {  // show the restored page, and announce its status
    if (!root.matches(".restoring")) return;
    root.classList.remove("restoring");
    aloud($("#status .now")?.textContent);
  }
  function goOn() {
    const there = $("#history [data-full]");  // else the server was restarted: there is nothing to resume
    arrived = true;
    const on = wish && !copied && !linked ? $(wish === "#resume" && !there ? "#paint" : wish) : null;
    if (!linked && !on) $(`[data-tab-id=${sessionStorage.getItem("stylize-tab")}]`)?.click();
    on?.click();
    setTimeout(endRestoring, on ? 5000 : 0);  // `hear` does so earlier, once the painting goes on
  }
  // ---- the connection: said within ten seconds when it breaks, and mended
  let heard = Date.now(), lost = false, suspect = false;  // suspect: a frame could not be loaded
  const busy = () => ["painting", "trying", "waiting"].includes(state());
  async function reaches() {
    const options = {cache: "no-store", signal: AbortSignal.timeout(3000)};
    return !!(await fetch("gradio_api/startup-events", options).catch(() => null))?.ok;
  }
  async function watch() {
    const silent = Date.now() - heard;
    if (lost || suspect || (busy() && silent > 5000)) {
      const there = await reaches();
      if (!there && !lost) notice(words().lost, "lost");
      if (there && (lost || silent > 30_000)) mend();
      lost = !there;
      suspect = false;
    }
    setTimeout(watch, 1500);
  }
  function mend() {
    notice("", "lost");
    for (const image of document.images) if (image.complete && !image.naturalWidth && image.src) image.src = image.src;
    heard = Date.now();
    if (goal() && (lost || state() === "painting")) $(goal())?.click();  // variations may just be slow
  }
  function pictures() {  // one that failed to load is asked for again, a few times
    document.addEventListener("error", event => {
      suspect ||= !!event.target.closest?.("#painting");
      const image = event.target, tries = +(image.dataset?.tries || 0);
      if (image.tagName !== "IMG" || tries > 3 || !image.src.startsWith("http")) return;
      image.dataset.tries = tries + 1;
      setTimeout(() => { image.src = image.src; }, 1000 * 2 ** tries);
    }, true);
  }
  function hear() {
    heard = Date.now();
    if (arrived) sessionStorage.setItem("stylize-wish", goal());
    if (arrived && busy()) endRestoring();
  }
  function listen() {
    pictures();
    watch();
    document.addEventListener("click", ask);
    addEventListener("pagehide", () => arrived && sessionStorage.setItem("stylize-tab", $("#tabs [aria-selected=true]").dataset.tabId));
  }
  return {own, restore, restored, goOn, endRestoring, keep, changed, hear, listen};
};
