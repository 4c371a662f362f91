"""Every text of the page in English and Spanish; the settings' English comes from Settings itself."""

from typing import Any

import gradio as gr

from stylize.images import MAX_PIXELS
from stylize.settings import SPECS

from . import limits
from .spanish import spanish

EN = {
    "intro": "# stylize\nA photo and a painting in; watch the one grow on the other.",
    "content": "Content: the photo",
    "style": "Style: the painting",
    "examples": "Or begin with one of these",
    "second": "A second style",
    "second_style": "Second style",
    "mix": "Mix",
    "mix_help": "0: only the first style; 1: only the second",
    "where": "Where the style goes",
    "brush": "Brush over the photo",
    "brush_start": "Put the photo under the brush",
    "brush_use": "What the brush means",
    "brush_off": "nothing: paint everything",
    "brush_only": "paint only there",
    "brush_not": "keep that as it is (a face)",
    "strength": "Strength",
    "strength_help": "-4: a hint of the style on the photo · 0: balanced · 4: almost nothing but style",
    "paint": "Paint",
    "stop": "Stop",
    "continue": "100 more",
    "ready": "Choose a photo and a painting, then press Paint.",
    "painting": "Painting",
    "curves": "Content loss and style loss by iteration",
    "content_name": "content",
    "style_name": "style",
    "why": "The painting starts as a copy of the photo: the content loss starts at 0 and rises as the style comes in.",
    "png": "Download PNG",
    "keep": "Keep the photo's own colours",
    "keep_help": "Only the brushwork comes over. Works after the run, too.",
    "compare": "Before and after",
    "frames": "Frames",
    "frame": "Frame",
    "frame_help": "Back and forth through the kept pictures",
    "video": "Time-lapse",
    "make_video": "Make the time-lapse",
    "sheet": "Try strengths",
    "make_sheet": "Six small previews",
    "sheet_help": "Click one to paint it large.",
    "settings": "Settings",
    "more": "More settings",
    "layers": "Weights of the five style layers: fine grain to large forms",
    "download": "Download VGG-19's weights if need be",
    "download_help": "548 MB, once, for the network vgg19.",
    "installed": "They are on this resources.",
    "load": "Load settings from a picture saved here",
    "link": "Link to these settings",
    "limits": "Limits of this server",
    # made by the server
    "expect": "About **{seconds:.0f} s** and **{gigabytes:.1f} GB** of memory on this machine, once it is your turn.",
    "at": "{iteration}/{iterations} iterations · {width} x {height} px · {speed:.1f} it/s · {left:.0f} s left",
    "end": "{iteration} iterations · {width} x {height} px · {seconds:.1f} s",
    "done": "Done.",
    "stopped": "Stopped.",
    "time": "Stopped at this server's limit of time for one run.",
    "weights": "VGG-19's weights: {done:.0f} of {total:.0f} MB",
    "caps": "Files up to {upload} MB and {pixels} megapixels; paintings up to {size} px, {iterations} iterations and "
    "{minutes} minutes. One painting at a time; the others wait in a queue. Transparent parts become white.",
}

ES = {
    "intro": "# stylize\nUna foto y un cuadro; mira cómo el uno crece sobre la otra.",
    "content": "Contenido: la foto",
    "style": "Estilo: el cuadro",
    "examples": "O empieza con uno de estos",
    "second": "Un segundo estilo",
    "second_style": "Segundo estilo",
    "mix": "Mezcla",
    "mix_help": "0: solo el primer estilo; 1: solo el segundo",
    "where": "Dónde va el estilo",
    "brush": "Pinta sobre la foto",
    "brush_start": "Poner la foto bajo el pincel",
    "brush_use": "Qué significa el pincel",
    "brush_off": "nada: pintarlo todo",
    "brush_only": "pintar solo ahí",
    "brush_not": "dejar eso como está (una cara)",
    "strength": "Fuerza",
    "strength_help": "-4: un toque de estilo sobre la foto · 0: equilibrio · 4: casi solo estilo",
    "paint": "Pintar",
    "stop": "Parar",
    "continue": "100 más",
    "ready": "Elige una foto y un cuadro y pulsa Pintar.",
    "painting": "Pintura",
    "curves": "Pérdida de contenido y de estilo por iteración",
    "content_name": "contenido",
    "style_name": "estilo",
    "why": "La pintura empieza como copia de la foto: la pérdida de contenido empieza en 0 y sube al entrar el estilo.",
    "png": "Descargar PNG",
    "keep": "Conservar los colores de la foto",
    "keep_help": "Solo pasa la pincelada. También funciona al terminar.",
    "compare": "Antes y después",
    "frames": "Fotogramas",
    "frame": "Fotograma",
    "frame_help": "Adelante y atrás por las imágenes guardadas",
    "video": "Vídeo",
    "make_video": "Hacer el vídeo",
    "sheet": "Probar fuerzas",
    "make_sheet": "Seis pruebas pequeñas",
    "sheet_help": "Pulsa una para pintarla en grande.",
    "settings": "Ajustes",
    "more": "Más ajustes",
    "layers": "Pesos de las cinco capas de estilo: del grano fino a las formas grandes",
    "download": "Descargar los pesos de VGG-19 si hacen falta",
    "download_help": "548 MB, una vez, para la red vgg19.",
    "installed": "Están en esta máquina.",
    "load": "Cargar los ajustes de una imagen guardada aquí",
    "link": "Enlace a estos ajustes",
    "limits": "Límites de este servidor",
    "expect": "Unos **{seconds:.0f} s** y **{gigabytes:.1f} GB** de memoria en esta máquina, cuando llegue tu turno.",
    "at": "{iteration}/{iterations} iteraciones · {width} x {height} px · {speed:.1f} it/s · quedan {left:.0f} s",
    "end": "{iteration} iteraciones · {width} x {height} px · {seconds:.1f} s",
    "done": "Hecho.",
    "stopped": "Parado.",
    "time": "Parado en el límite de tiempo por pintura de este servidor.",
    "weights": "Pesos de VGG-19: {done:.0f} de {total:.0f} MB",
    "caps": "Archivos de hasta {upload} MB y {pixels} megapíxeles; pinturas de hasta {size} px, {iterations} "
    "iteraciones y {minutes} minutos. Una pintura a la vez; las demás esperan. Lo transparente se vuelve blanco.",
    # of the settings: name and help
    "recipe": "Receta",
    "recipe_help": "live: de lo grueso a lo fino, un cuadro en segundos; reference: el estudio al pie de la letra",
    "network": "Red",
    "network_help": "lite viene con el programa; vgg19 es la del estudio y necesita sus 548 MB de pesos",
    "size": "Tamaño",
    "size_help": "lado mayor de la pintura, px; la receta reference pinta un cuadrado",
    "iterations": "Iteraciones",
    "iterations_help": "pasos de Adam, entre todos los tamaños",
    "learning_rate": "Tasa de aprendizaje",
    "learning_rate_help": "cuánto mueve un paso a un píxel (los píxeles van de 0 a 1)",
    "content_weight": "Peso del contenido",
    "content_weight_help": "con qué firmeza guarda la foto sus formas",
    "style_weight": "Peso del estilo",
    "style_weight_help": "con qué fuerza manda el cuadro",
    "tv_weight": "Suavidad",
    "tv_weight_help": "peso de la variación total: quita grano, luego pinceladas finas",
    "style_scale": "Escala del estilo",
    "style_scale_help": "tamaño de las pinceladas: del estilo junto a la pintura",
    "content_layer": "Capa de contenido",
    "content_layer_help": "la capa cuyos rasgos son el contenido; lite tiene conv4_2 y las capas de estilo",
    "style_layer_weights": "Pesos de las capas de estilo",
    "style_layer_weights_help": "del grano fino a las formas grandes",
    "init": "Inicio",
    "init_help": "pintar sobre una copia de la foto o sobre ruido",
    "seed": "Semilla",
    "seed_help": "del ruido; la misma semilla pinta el mismo cuadro",
    "early_stop": "Parada temprana",
    "early_stop_help": "parar cuando la pérdida de estilo ya no baja",
    "keep_colors": "Conservar colores",
    "keep_colors_help": "los colores de la foto: solo pasa la pincelada",
}

for _name, _spec in SPECS.items():
    EN[_name] = _name.replace("_", " ").capitalize()
    EN[f"{_name}_help"] = _spec["help"]

_caps = {
    "upload": limits.MAX_UPLOAD // 1_000_000,
    "pixels": MAX_PIXELS // 1_000_000,
    "size": limits.MAX_SIZE,
    "iterations": limits.MAX_ITERATIONS,
    "minutes": limits.MAX_SECONDS // 60,
}
for _words in (EN, ES):
    _words["caps"] = _words["caps"].format(**_caps)

# The prefix keeps clear of the names that gradio's own texts have.
i18n = gr.I18n(
    en={f"stylize_{key}": words for key, words in EN.items()}, es={f"stylize_{key}": words for key, words in ES.items()}
)


def text(key: str) -> Any:
    """A text that the browser shows in its own language."""
    return i18n(f"stylize_{key}")


def language(request: gr.Request | None) -> str:
    """The visitor's first language of the two: texts made by the server cannot follow the page's own switch."""
    wanted = str(request.headers.get("accept-language") or "") if request else ""
    return "es" if wanted.lower().startswith("es") else "en"


def told(error: Exception | str, request: gr.Request | None) -> str:
    """One of the core's sentences for this visitor."""
    if language(request) == "en":
        return str(error)
    return spanish(str(error), {name.replace("_", " "): ES[name] for name in SPECS})


def say(request: gr.Request | None, key: str, **values: object) -> str:
    """A text for this visitor."""
    return {"en": EN, "es": ES}[language(request)][key].format(**values)
