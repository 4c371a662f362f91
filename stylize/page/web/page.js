// What runs in the browser: the tab's title, the place in the queue, zoom, copying; the canvas is in region.js.
const stylize = (() => {
  const $ = selector => document.querySelector(selector);
  const busy = ["waiting", "painting", "trying"];

  // ---- a tab's own token, 128 bits at random: it survives a reload, and nobody else has it
  function arrive() {
    let token = sessionStorage.getItem("stylize");
    if (!token) {
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      token = [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("");
      sessionStorage.setItem("stylize", token);
    }
    return [token, server = spoken()];
  }

  // ---- hidden text fields, by which the page tells the server something
  function tell(id, value) {
    const field = $(`#${id} textarea, #${id} input`);
    if (!field || field.value === value) return;
    field.value = value;
    field.dispatchEvent(new Event("input", {bubbles: true}));
  }

  // ---- the language, which the browser or the page's footer decides
  const spoken = () => $("#spoken")?.innerText.trim() || "";
  let server = null;  // what it was told last
  function language() {
    const now = spoken();
    if (!now) return;
    document.documentElement.lang = now;
    if (server !== null && server !== now) tell("language", server = now);
  }

  // ---- the status: title, screen readers, notice
  let state = "", told = 0;
  function status() {
    const now = $("#status .status"), voice = $("#said [role=status]");
    if (!now || !voice) return;
    const part = Math.round(100 * now.dataset.part), before = state;
    state = now.dataset.state;
    document.title = busy.includes(state) ? `${part} % · stylize` : "stylize";
    if (state !== before || Math.abs(part - told) >= 25) {
      voice.textContent = now.innerText;
      told = part;
    }
    if (busy.includes(before) && !busy.includes(state) && document.hidden && $("#notify input")?.checked)
      new Notification("stylize", {body: $("#notice span")?.innerText || now.innerText});
  }
  async function notify(box) {
    const answer = box.checked && await window.Notification?.requestPermission();
    if (box.checked && answer !== "granted") box.click();  // what the browser forbids is not promised
  }

  // ---- the place in the queue, in words, where gradio says "queue: 2/3"
  function queue() {
    const line = $('#status .status[data-state="waiting"] p');
    const place = line && $("#status")?.innerText.match(/queue: (\d+)\/(\d+)/);
    if (!place) return;
    const words = $("#queue_words").innerText.replace("#1", place[1]).replace("#2", place[2]);
    if (line.textContent !== words) line.textContent = words;
  }

  // ---- sliders of factors: each step a fraction of an octave; the lowest place is nothing at all, where that is allowed
  function number(at, usual, low, whole, octaves) {
    if (at <= -octaves) return low;
    const value = usual * 2 ** at;
    return whole ? Math.max(low, Math.round(value)) : Math.max(low, Number(value.toPrecision(3)));
  }
  function octaves(value, usual, most) {
    if (!(value > 0)) return -most;
    return Math.max(-most, Math.min(most, Math.round(4 * Math.log2(value / usual)) / 4));
  }

  // ---- a link, whole, into the clipboard; where the browser forbids it, the field is there to copy from
  async function copy(query) {
    const address = location.origin + location.pathname + "?" + query.split("?")[1];
    try {
      await navigator.clipboard.writeText(address);
    } catch {
      const field = Object.assign(document.createElement("textarea"), {value: address});
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    return address;
  }

  // ---- zoom and pan: wheel, two fingers, double click, and the keys + - 0
  const view = {scale: 1, x: 0, y: 0}, fingers = new Map();
  const chosen = () => document.activeElement?.closest?.("#painting, #kept") || $("#painting");
  const limited = scale => Math.max(1, Math.min(12, scale));
  function move(frame, scale = view.scale, x = view.x, y = view.y) {
    const image = frame?.querySelector("img");
    if (!image) return;
    view.scale = limited(scale);
    const far = (view.scale - 1) / 2;
    view.x = Math.max(-far * image.clientWidth, Math.min(far * image.clientWidth, x));
    view.y = Math.max(-far * image.clientHeight, Math.min(far * image.clientHeight, y));
    image.style.transform = view.scale === 1 ? "" : `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
    frame.classList.toggle("zoomed", view.scale > 1);
  }
  function zoom(frame, scale, [x, y]) {  // what is at x, y in the window stays there
    const box = frame.querySelector("img").getBoundingClientRect(), k = 1 - limited(scale) / view.scale;
    move(frame, scale, view.x + k * (x - box.left - box.width / 2), view.y + k * (y - box.top - box.height / 2));
  }
  const at = event => [event.clientX, event.clientY];
  const framed = event => event.target.closest?.("#painting img, #kept img")?.closest("#painting, #kept");
  function pointers() {
    document.addEventListener("wheel", event => {
      const frame = framed(event);
      if (!frame || (!event.ctrlKey && view.scale === 1 && !frame.matches(".fullscreen") && !event.shiftKey)) return;
      event.preventDefault();
      zoom(frame, view.scale * 1.002 ** -(event.deltaY || event.deltaX), at(event));
    }, {passive: false});
    document.addEventListener("dblclick", event => {
      const frame = framed(event);
      if (frame) zoom(frame, view.scale > 1 ? 1 : 3, at(event));
    });
    document.addEventListener("pointerdown", event => framed(event) && fingers.set(event.pointerId, at(event)));
    document.addEventListener("pointermove", event => {
      const before = fingers.get(event.pointerId), frame = framed(event);
      if (!before || !frame) return;
      const now = at(event);
      if (fingers.size === 2) {
        const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
        const span = at => Math.max(1, Math.hypot(at[0] - other[0], at[1] - other[1]));
        zoom(frame, view.scale * span(now) / span(before), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
      } else if (view.scale > 1) {
        event.preventDefault();
        move(frame, view.scale, view.x + now[0] - before[0], view.y + now[1] - before[1]);
      }
      fingers.set(event.pointerId, now);
    });
    for (const end of ["pointerup", "pointercancel"])
      document.addEventListener(end, event => fingers.delete(event.pointerId));
    const whole = event => event.touches.length > 1 && framed(event) && event.preventDefault();  // else the page zooms
    document.addEventListener("touchmove", whole, {passive: false});
    document.addEventListener("dragstart", event => framed(event) && event.preventDefault());
    document.addEventListener("keydown", event => {
      if (/INPUT|TEXTAREA|SELECT/.test(event.target.tagName)) return;
      const step = {"+": 1.25, "=": 1.25, "-": 0.8, "0": 0}[event.key];
      if (step !== undefined) move(chosen(), step ? view.scale * step : 1, step ? view.x : 0, step ? view.y : 0);
    });
  }

  // ---- clicks that only the browser knows of
  function clicks() {
    document.addEventListener("click", event => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.closest("#notice")) $("#notice [role=alert]")?.remove();
      if (["paint", "stop", "continue", "from_here"].includes(button.id) && matchMedia("(max-width: 767px)").matches)
        requestAnimationFrame(() => $("#stage").scrollIntoView({block: "start"}));
      if (button.id.startsWith("tool_")) region.choose(button.id.slice(5));
    });
    document.addEventListener("change", event => {
      if (event.target.closest("#notify")) notify(event.target);
    });
  }

  const region = stylizeRegion($, tell);

  // ---- what gradio's own parts lack for people who cannot see them
  function mend() {
    for (const empty of document.querySelectorAll(".empty[aria-label]:not([role])")) empty.setAttribute("role", "img");
    for (const input of document.querySelectorAll("input[type=file]:not([aria-label])"))
      input.setAttribute("aria-label", input.closest(".block")?.innerText.split("\n")[0] || "file");
  }

  async function camera() {
    const devices = await navigator.mediaDevices?.enumerateDevices?.().catch(() => []) || [];
    document.documentElement.dataset.camera = devices.some(device => device.kind === "videoinput") ? "some" : "none";
  }

  let planned = false;
  function changed() {
    if (planned) return;
    planned = true;
    setTimeout(() => {  // a hidden tab has no animation frames
      planned = false;
      for (const work of [language, queue, () => region.refresh(), mend, status]) work();
    }, 20);
  }
  function start() {
    pointers(); clicks(); region.listen(); camera();
    new MutationObserver(changed).observe(document.body, {childList: true, subtree: true, characterData: true,
      attributes: true, attributeFilter: ["src"]});
    changed();
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  return {arrive, number, octaves, copy};
})();
