// What runs in the browser: status, buttons that Gradio does not know, marks on cards; the rest is in the other files.
const stylize = (() => {
  const $ = selector => document.querySelector(selector), all = selector => document.querySelectorAll(selector);
  const busy = ["waiting", "painting", "trying"], root = document.documentElement;
  const words = () => JSON.parse($("#client [data-words]")?.dataset.words || "{}");
  const phone = matchMedia("(max-width: 899px)");
  // ---- controls, set from here as if by hand
  function tell(id, value) {
    const field = $(`#${id} input[type=number], #${id} textarea, #${id} input[type=text]`);
    if (!field) return [...all(`#${id} input[type=radio]`)].find(radio => radio.value === value && !radio.checked)?.click();
    if (field.value === String(value)) return;
    field.value = value;
    field.dispatchEvent(new Event("input", {bubbles: true}));
    field.dispatchEvent(new Event("change", {bubbles: true}));
  }
  const valueOf = id => $(`#${id} input[type=number]`)?.value ?? $(`#${id} input:checked`)?.value;
  // ---- what is said: on a button, aloud, over the page
  function aloud(text) {
    const voice = $("#said");
    if (voice) voice.textContent = text;
  }
  function flash(button, text) {
    if (!button) return;
    button.dataset.flash = text;
    aloud(text);
    setTimeout(() => delete button.dataset.flash, 1400);
  }
  function notice(text) {  // of the browser's own: the connection is lost
    $("#lost")?.remove();
    if (!text) return;
    const lost = Object.assign(document.createElement("div"), {id: "lost", textContent: text});
    lost.setAttribute("role", "alert");
    $(".gradio-container").append(lost);
  }
  // ---- the status: the page's state, its title, screen readers, the notification
  let state = "", told = 0, taken = 0, line = "";
  function status() {
    const now = $("#status .status");
    if (!now || now.outerHTML === line) return;
    line = now.outerHTML;
    keep.heard();
    const part = Math.round(100 * now.dataset.part), before = state, text = now.querySelector(".now").textContent;
    state = root.dataset.state = now.dataset.state;
    document.title = busy.includes(state) ? `${part} % · stylize` : "stylize";
    if (state !== before || Math.abs(part - told) >= 25) {
      aloud(text);
      told = part;
    }
    if (+now.dataset.taken > taken && state === "painting") {
      $("#strength_box").classList.add("taken");
      setTimeout(() => $("#strength_box").classList.remove("taken"), 900);
    }
    taken = +now.dataset.taken;
    if (state !== before) setTimeout(refocus, 50);
    if (state === "painting" && before !== state) begun();
    if (busy.includes(before) && !busy.includes(state)) ended(text);
  }
  let focused = null;
  function refocus() {  // the button that was pressed is hidden now: the keyboard goes on from the one in its place
    if (document.activeElement !== document.body || !focused?.closest("#stage") || focused.checkVisibility()) return;
    ($("#stop:not(:disabled)") || $("#paint"))?.focus({preventScroll: true});
  }
  function begun() {
    stage.unzoom();
    if (!localStorage.getItem("stylize-hint")) $("#strength_box").dataset.hint = words().hint;
  }
  function ended(text) {
    delete $("#strength_box").dataset.hint;
    if (state === "done") setTimeout(() => stage.sweep(0, 60, 0, 1.8), 300);
    if (document.hidden && $("#notify input")?.checked)
      new Notification("stylize", {body: $("#notice span")?.innerText || text});
  }
  async function notify(box) {
    const answer = box.checked && await window.Notification?.requestPermission();
    if (box.checked && answer !== "granted") box.click();  // what the browser forbids is not promised
  }
  function queue() {  // the place in the queue, in words, where Gradio says "queue: 2/3"
    const now = $('#status .status[data-state="waiting"] .now');
    const place = now && $("#status")?.innerText.match(/queue: (\d+)\/(\d+)/);
    if (!place) return;
    keep.heard();
    const text = words().queue.replace("#1", place[1]).replace("#2", place[2]);
    if (now.textContent !== text) now.textContent = text;
  }
  // ---- the language, which the browser or Gradio's settings decide
  let server = null;
  function language() {
    const now = words().language;
    if (!now) return;
    root.lang = now;
    if (server !== null && server !== now) tell("language", server = now);
  }
  // ---- sliders of factors: each step a quarter of an octave; the lowest place is nothing at all, where that is allowed
  function number(at, usual, low, high, whole, octaves) {
    if (at <= -octaves) return low;
    const value = Math.min(high, usual * 2 ** at);
    return whole ? Math.max(low, Math.round(value)) : Math.max(low, Number(value.toPrecision(3)));
  }
  function octaves(value, usual, most) {
    if (!(value > 0)) return -most;
    return Math.max(-most, Math.min(most, Math.round(4 * Math.log2(value / usual)) / 4));
  }
  // ---- sharing
  async function copyLink(query) {
    const address = location.origin + location.pathname + "?" + query.split("?")[1];
    try {
      await navigator.clipboard.writeText(address);
    } catch {  // a page that is not served over https
      const field = Object.assign(document.createElement("textarea"), {value: address});
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    flash($("#link"), words().copied);
  }
  async function share() {
    const source = $("#painting img").src, name = decodeURIComponent(source.split("/").pop());
    const picture = fetch(source).then(answer => answer.blob());
    if (phone.matches && navigator.canShare) {
      const files = [new File([await picture], name, {type: "image/png"})];
      if (navigator.canShare({files})) return navigator.share({files, title: "stylize"}).catch(() => {});
    }
    try {
      await navigator.clipboard.write([new ClipboardItem({"image/png": picture})]);
      flash($("#share"), words().copied);
    } catch {
      Object.assign(document.createElement("a"), {href: source, download: name}).click();
      flash($("#share"), words().saved);
    }
  }
  // ---- buttons
  const stage = stylizeStage($), editor = stylizeEditor($, tell);
  const keep = stylizeKeep({$, tell, words, notice, state: () => state});
  const doing = {
    edit: editor.open, tool: editor.tool, ratio: editor.ratio, undo: editor.undo, clear: editor.clear,
    show: stage.show,
    fold: (name, button) => button.setAttribute("aria-expanded", String(!$(`#${name}`).classList.toggle("folded"))),
    numbers: () => root.classList.toggle("numbers"),
    close: (_, button) => {
      button.closest("dialog").close();
      if (document.fullscreenElement) document.exitFullscreen();
    },
  };
  // ---- files: Gradio refuses those whose type the browser does not know (HEIC); here the server says what is wrong
  const ENDINGS = ["heic", "heif", "hif", "tif", "tiff", "avif"].flatMap(end => [`.${end}`, `.${end.toUpperCase()}`]);
  const isImage = file => file.type.startsWith("image/");
  function retype(files) {
    const all = new DataTransfer();
    for (const file of files)
      all.items.add(isImage(file) ? file : new File([file], file.name, {type: "image/x-unknown"}));
    return all.files;
  }
  function files() {
    document.addEventListener("change", event => {
      const input = event.target;
      if (input.type === "file" && ![...input.files].every(isImage)) input.files = retype(input.files);
    }, true);
    document.addEventListener("drop", event => {
      const input = event.target.closest?.(".block")?.querySelector("input[type=file]"), given = event.dataTransfer.files;
      if (!input || !given.length || [...given].every(isImage)) return;
      event.preventDefault();
      event.stopPropagation();
      input.files = retype(given);
      input.dispatchEvent(new Event("change", {bubbles: true}));
    }, true);
  }
  function clicks() {
    document.addEventListener("click", event => {
      const button = event.target.closest("button, [data-at]");
      if (!button) return;
      const {set, press, do: what, which, at} = button.dataset;
      button.classList.add("pressed");  // at once, however long the server takes
      setTimeout(() => button.classList.remove("pressed"), 600);
      if (button.closest("#notice")) $("#notice [role=alert]")?.remove();
      if (set) for (const [id, value] of Object.entries(JSON.parse(set))) tell(id, value);
      if (press) $(press)?.click();
      if (what) doing[what](which, button);
      if (at) tell("strength", at);
      if (button.id === "share") share();
      if (phone.matches && (["paint", "stop", "more", "from_here"].includes(button.id) || button.closest("#styles, #own_styles, #history")))
        requestAnimationFrame(() => $("#stage").scrollIntoView({block: "start"}));
      setTimeout(mark, 0);
    });
    document.addEventListener("focusin", event => { focused = event.target; });
    document.addEventListener("change", event => event.target.closest("#notify") && notify(event.target));
    document.addEventListener("input", event => {
      keep.changed();
      if (!event.target.closest("#strength")) return;
      delete $("#strength_box").dataset.hint;
      localStorage.setItem("stylize-hint", "seen");
    });
  }
  // ---- marks: the chosen preset, size, photo and style; the times of the history
  function mark() {
    for (const button of all("[data-set]")) {
      const wanted = Object.entries(JSON.parse(button.dataset.set));
      button.ariaPressed = String(wanted.every(([id, value]) => String(valueOf(id)) === String(value)));
    }
    for (const [cards, slot] of [["#photos", "content"], ["#styles, #own_styles", "style"]]) {
      const source = decodeURIComponent($(`#${slot} img`)?.src || "");
      for (const box of all(cards)) for (const card of box.querySelectorAll("[data-file]"))
        card.ariaPressed = String(source.endsWith(card.dataset.file));
    }
    for (const card of all("#history [data-time]")) {
      card.ariaPressed = card.dataset.present;
      const text = new Date(1000 * card.dataset.time).toLocaleTimeString(root.lang, {hour: "2-digit", minute: "2-digit"});
      const label = card.querySelector("span");
      if (!label.querySelector("small")) label.append(Object.assign(document.createElement("small"), {textContent: text}));
    }
  }
  // ---- what Gradio's own parts lack for screen readers, and their English
  function mend() {
    const {aria = {}, handle, film} = words();
    $("#before input")?.setAttribute("aria-label", handle);
    for (const button of all("#painting button, #kept button")) button.tabIndex = -1;  // it does nothing here
    for (const empty of all(".empty[aria-label]")) Object.assign(empty, {role: "img"}).dataset.hint = film;
    for (const input of all("input[type=file]")) {
      input.accept = ["image/*", ...ENDINGS].join();
      if (!input.ariaLabel) input.ariaLabel = (input.closest(".block") || input.parentElement).innerText.split("\n")[0];
    }
    for (const [english, other] of Object.entries(aria))
      for (const part of all(`[aria-label^="${english}"], [title^="${english}"]`)) {
        part.dataset.en = english;
        for (const name of ["aria-label", "title"])
          if (part.hasAttribute(name)) part.setAttribute(name, part.getAttribute(name).replace(english, other));
      }
  }
  async function camera() {
    const devices = await navigator.mediaDevices?.enumerateDevices?.().catch(() => []) || [];
    root.dataset.camera = devices.some(device => device.kind === "videoinput") ? "some" : "none";
  }
  // Gradio mounts the page in pieces, in no fixed order: one of each part that others stand beside or below.
  const PIECES = ["#painting img", "#style_weight_factor input", "#strength input", "#keep label", "#bar_chips button",
    "#content img", "#style img", "#styles button", "#presets button", "#expected button", "#foot nav"];
  function arrived() {
    if (!PIECES.every($)) return;
    requestAnimationFrame(() => requestAnimationFrame(() => root.classList.add("there")));
  }
  let planned = false;
  function changed() {
    if (!root.classList.contains("there")) arrived();
    if (planned) return;
    planned = true;
    setTimeout(() => {  // a hidden tab has no animation frames
      planned = false;
      for (const work of [status, language, queue, editor.refresh, mark, mend, stage.place, keep.changed]) work();
    }, 20);
  }
  function start() {
    setTimeout(() => root.classList.add("there"), 8000);
    stage.listen(); clicks(); files(); editor.listen(); keep.listen(); camera();
    new MutationObserver(changed).observe(document.body, {childList: true, subtree: true, characterData: true,
      attributes: true, attributeFilter: ["src"]});
    document.addEventListener("load", event => {  // the first time that the example is there, its handle sweeps
      if (event.target.closest?.("#painting"))  // on a phone the stage is as high as the picture
        root.style.setProperty("--ratio", event.target.naturalHeight / event.target.naturalWidth);
      if (event.target.closest?.("#before")) {
        if (state !== "ready" || stage.swept) stage.place();
        else { stage.swept = true; stage.sweep(100, 0); }
      }
    }, true);
    changed();
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  return {
    arrive: async () => [await keep.own(), server = words().language], arrived: () => { keep.restore(); return []; },
    number, octaves, copyLink,
    taken: button => { if (!$("#notice [role=alert]")) flash($(button), words().loaded); return []; },
  };
})();
