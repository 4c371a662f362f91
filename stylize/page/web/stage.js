// The stage: the handle between photo and painting, zoom, and the show on the whole screen. page.js gives its $.
const stylizeStage = $ => {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const image = () => $("#painting img"), range = () => $("#before input");
  // ---- the handle: how much of the photo is seen, from 0 to 100
  let at = 0, sweeping = 0;
  function place(value) {
    at = Math.max(0, Math.min(100, value));
    const photo = $("#before img");
    if (!photo || !photo.naturalWidth) return;
    const scale = Math.min(photo.clientWidth / photo.naturalWidth, photo.clientHeight / photo.naturalHeight);
    const width = photo.naturalWidth * scale, x = (photo.clientWidth - width) / 2 + at / 100 * width;
    $("#before").style.setProperty("--x", `${x}px`);
    if (range()) range().value = at;
  }
  function sweep(from, to, back = to, seconds = 1.6) {
    const started = performance.now(), turn = ++sweeping;
    if (still.matches) return place(back);
    const frame = now => {
      if (turn !== sweeping) return;
      const t = Math.min(1, (now - started) / 1000 / seconds), ease = t * t * (3 - 2 * t);
      place(back === to ? from + (to - from) * ease : from + (to - from) * Math.sin(Math.PI * ease));
      if (t < 1) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }
  function handle() {
    let dragging = false, holding = 0, before = 0;
    const part = event => {
      const photo = $("#before img"), box = photo.getBoundingClientRect();
      const scale = Math.min(box.width / photo.naturalWidth, box.height / photo.naturalHeight);
      const width = photo.naturalWidth * scale;
      return 100 * (event.clientX - box.left - (box.width - width) / 2) / width;
    };
    const release = () => {
      dragging = false;
      clearTimeout(holding);
      if (holding === -1) place(before);
      holding = 0;
    };
    document.addEventListener("pointerdown", event => {
      if (!event.target.closest?.("#easel") || !$("#before img") || event.button) return;
      sweeping++;
      if (event.target.closest(".line")) {
        dragging = true;
        event.preventDefault();
      } else if (view.scale === 1) {
        before = at;
        holding = setTimeout(() => { holding = -1; place(100); }, 220);
      }
    });
    document.addEventListener("pointermove", event => {
      if (dragging) place(part(event));
      else if (holding > 0 && Math.hypot(event.movementX, event.movementY) > 6) release();
    });
    for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, release);
    document.addEventListener("contextmenu", event => event.target.closest?.("#easel") && holding && event.preventDefault());
    document.addEventListener("input", event => event.target.matches?.("#before input") && place(+event.target.value));
    new ResizeObserver(() => place(at)).observe($("#easel") || document.body);
  }
  // ---- zoom and pan: wheel, two fingers, double click, and the keys + - 0
  const view = {scale: 1, x: 0, y: 0}, fingers = new Map();
  const limited = scale => Math.max(1, Math.min(12, scale));
  function move(scale = view.scale, x = view.x, y = view.y) {
    const picture = image();
    if (!picture) return;
    view.scale = limited(scale);
    const far = (view.scale - 1) / 2;
    view.x = Math.max(-far * picture.clientWidth, Math.min(far * picture.clientWidth, x));
    view.y = Math.max(-far * picture.clientHeight, Math.min(far * picture.clientHeight, y));
    const css = view.scale === 1 ? "" : `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
    for (const part of [picture, $("#before .html-container")]) if (part) part.style.transform = css;
    $("#easel").classList.toggle("zoomed", view.scale > 1);
  }
  function zoom(scale, [x, y]) {  // what is at x, y in the window stays there
    const box = image().getBoundingClientRect(), k = 1 - limited(scale) / view.scale;
    move(scale, view.x + k * (x - box.left - box.width / 2), view.y + k * (y - box.top - box.height / 2));
  }
  const spot = event => [event.clientX, event.clientY];
  const inside = event => event.target.closest?.("#easel") && image();
  function pointers() {
    document.addEventListener("wheel", event => {
      if (!inside(event) || (!event.ctrlKey && view.scale === 1 && !event.shiftKey)) return;
      event.preventDefault();
      zoom(view.scale * 1.002 ** -(event.deltaY || event.deltaX), spot(event));
    }, {passive: false});
    document.addEventListener("dblclick", event => inside(event) && zoom(view.scale > 1 ? 1 : 3, spot(event)));
    document.addEventListener("pointerdown", event => inside(event) && fingers.set(event.pointerId, spot(event)));
    document.addEventListener("pointermove", event => {
      const before = fingers.get(event.pointerId);
      if (!before || !inside(event)) return;
      const now = spot(event);
      if (fingers.size === 2) {
        const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
        const span = at => Math.max(1, Math.hypot(at[0] - other[0], at[1] - other[1]));
        zoom(view.scale * span(now) / span(before), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
      } else if (view.scale > 1) {
        event.preventDefault();
        move(view.scale, view.x + now[0] - before[0], view.y + now[1] - before[1]);
      }
      fingers.set(event.pointerId, now);
    });
    for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, event => fingers.delete(event.pointerId));
    const whole = event => event.touches.length > 1 && inside(event) && event.preventDefault();  // else the page zooms
    document.addEventListener("touchmove", whole, {passive: false});
    document.addEventListener("dragstart", event => inside(event) && event.preventDefault());
    document.addEventListener("keydown", event => {
      if (/INPUT|TEXTAREA|SELECT/.test(event.target.tagName) || $("dialog[open]")) return;
      const step = {"+": 1.25, "=": 1.25, "-": 0.8, "0": 0}[event.key];
      if (step !== undefined) move(step ? view.scale * step : 1, step ? view.x : 0, step ? view.y : 0);
    });
  }
  // ---- the show: photo and painting in turn, on the whole screen
  let shown = [], index = 0, clock = 0;
  function show() {
    const dialog = $("#show dialog");
    shown = [...document.querySelectorAll("#history [data-full]")].map(card => ({...card.dataset, name: card.innerText.replace(/\s*\n\s*/g, " · ")}));
    if (!shown.length) shown = [{full: image()?.src, photo: $("#before img")?.src, name: ""}];
    index = Math.max(0, shown.findIndex(one => one.present === "true"));
    dialog.showModal();
    dialog.requestFullscreen?.().catch(() => {});
    turn(0);
  }
  function turn(by) {
    index = (index + by + shown.length) % shown.length;
    const [photo, painting] = $("#show dialog").querySelectorAll("img");
    photo.src = shown[index].photo || "";
    painting.src = shown[index].full || "";
    painting.alt = $("#show p").textContent = shown[index].name;
    fade(true);
  }
  function fade(painting) {
    clearTimeout(clock);
    $("#show dialog").classList.toggle("photo", !painting);
    if ($("#show dialog").open && !still.matches) clock = setTimeout(() => fade(!painting), painting ? 6000 : 2500);
  }
  function keys() {
    document.addEventListener("keydown", event => {
      if (!$("#show dialog")?.open) return;
      if (event.key === "ArrowRight") turn(1);
      else if (event.key === "ArrowLeft") turn(-1);
      else if (event.key === " ") { event.preventDefault(); fade($("#show dialog").classList.contains("photo")); }
    });
    document.addEventListener("click", event => {
      if (!event.target.closest?.("#show img")) return;
      const side = event.clientX / innerWidth;
      if (side > 0.8) turn(1);
      else if (side < 0.2) turn(-1);
      else fade($("#show dialog").classList.contains("photo"));
    });
    document.addEventListener("fullscreenchange", () => document.fullscreenElement || $("#show dialog")?.close());
  }
  return {listen: () => { handle(); pointers(); keys(); }, sweep, place: () => place(at), unzoom: () => move(1, 0, 0), show};
};
