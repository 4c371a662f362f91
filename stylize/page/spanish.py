"""The core's sentences in Spanish: it speaks English, the page speaks its visitor's language."""

import re
from functools import cache

# English to Spanish; {} stands for what the sentence is about, in the same order in both.
SENTENCES = {
    "There is no device {} here; leave it out, or choose one of {}.": (
        "Aquí no hay ningún dispositivo {}; no lo indiques o elige uno de {}."
    ),
    "The weights file {} holds no state dict; save one with torch.save.": (
        "El archivo de pesos {} no contiene un state dict; guarda uno con torch.save."
    ),
    "VGG-19's weights are not on this machine: let it download them (548 MB), name their file, or paint with the lite "
    "network.": (
        "Los pesos de VGG-19 no están en esta máquina: deja que los descargue (548 MB), indica su archivo o pinta con "
        "la red lite."
    ),
    "VGG-19's weights are not on this machine; tick the box to download them (548 MB), or paint with the lite "
    "network.": (
        "Los pesos de VGG-19 no están en esta máquina; marca la casilla para descargarlos (548 MB) o pinta con la red "
        "lite."
    ),
    "There is no weights file {}; check its name and folder.": (
        "No existe el archivo de pesos {}; comprueba su nombre y carpeta."
    ),
    "The weights file {} cannot be read, or is cut short; get it again.": (
        "El archivo de pesos {} no se puede leer o está cortado; consíguelo de nuevo."
    ),
    "What came is not VGG-19's weights (their hash differs); try again later.": (
        "Lo recibido no son los pesos de VGG-19 (su hash es otro); inténtalo más tarde."
    ),
    "VGG-19's weights could not be downloaded ({}); try again, or name a file that has them.": (
        "No se pudieron descargar los pesos de VGG-19 ({}); inténtalo de nuevo o indica un archivo que los tenga."
    ),
    "The weights file is not torchvision's VGG-19: it has no features.{}.": (
        "El archivo de pesos no es el VGG-19 de torchvision: le falta features.{}."
    ),
    "The weights file is not torchvision's VGG-19: features.{} has the shape {}, not {}.": (
        "El archivo de pesos no es el VGG-19 de torchvision: features.{} tiene la forma {}, no {}."
    ),
    "The {} network has no {} to compare; choose one of {}.": ("La red {} no tiene {} que comparar; elige una de {}."),
    "Every style needs a weight above 0, and there must be one style at least.": (
        "Cada estilo necesita un peso mayor que 0, y debe haber al menos un estilo."
    ),
    "The mask has another shape than the content; draw it on the same picture.": (
        "La máscara tiene otra forma que el contenido; dibújala sobre la misma imagen."
    ),
    "The mask is black all over, which leaves nothing to paint; leave some of it white.": (
        "La máscara es toda negra y no deja nada que pintar; deja una parte en blanco."
    ),
    "This step's picture has been painted over; ask for it before the next step.": (
        "Ya se ha pintado sobre la imagen de este paso; pídela antes del siguiente."
    ),
    "The content is too narrow for VGG-19, which needs 16 px; choose a larger size or lite.": (
        "El contenido es demasiado estrecho para VGG-19, que necesita 16 px; elige un tamaño mayor o lite."
    ),
    "This machine ran out of memory at {} px; choose a smaller size.": (
        "Esta máquina se quedó sin memoria a {} px; elige un tamaño menor."
    ),
    "The loss grew beyond all numbers after {} iterations; the last good picture is kept: try a lower learning rate or "
    "lower weights.": (
        "La pérdida creció sin límite tras {} iteraciones; queda la última imagen buena: prueba una tasa de "
        "aprendizaje o unos pesos menores."
    ),
    "{} carries no settings; choose a PNG or JPEG that stylize saved.": (
        "{} no lleva ajustes; elige un PNG o JPEG guardado por stylize."
    ),
    "{} names no picture format that can be written; end it in .png or .jpg.": (
        "{} no indica un formato de imagen que se pueda escribir; termínalo en .png o .jpg."
    ),
    "There is no folder {} to write {} to; make it first.": "No existe la carpeta {} donde escribir {}; créala antes.",
    "The folder {} may not be written to; choose another.": "No se puede escribir en la carpeta {}; elige otra.",
    "There is no file {}; check its name and folder.": "No existe el archivo {}; comprueba su nombre y carpeta.",
    "{} is a folder; name a picture in it.": "{} es una carpeta; indica una imagen que esté en ella.",
    "{} is not a picture this program can read; save it as JPEG or PNG.": (
        "{} no es una imagen que este programa sepa leer; guárdala como JPEG o PNG."
    ),
    "{} has more than {} million pixels; make it smaller first.": (
        "{} tiene más de {} millones de píxeles; redúcela antes."
    ),
    "{} is damaged or cut short; save or download it again.": (
        "{} está dañado o cortado; guárdalo o descárgalo de nuevo."
    ),
    "{} could not be written: {}.": "No se pudo escribir {}: {}.",
    "{} may not be read; check its permissions.": "No se puede leer {}; comprueba sus permisos.",
    "{} is {}; it must be {} from {} to {}.": "{} es {}; debe ser {} de {} a {}.",
    "{} is {}; choose one of {}.": "{} es {}; elige entre {}.",
    "{} is {}; it must be true or false.": "{} es {}; debe ser verdadero o falso.",
    "{} is {}; it must be five numbers.": "{} es {}; deben ser cinco números.",
    "A time-lapse cannot be written as {}{}; end it in {}.": (
        "No se puede escribir un vídeo como {}{}; termínalo en {}."
    ),
    "There are no frames to make a time-lapse of; paint first.": "No hay fotogramas para un vídeo; pinta antes.",
    "Choose two pictures first: a content and a style.": "Elige antes dos imágenes: un contenido y un estilo.",
    "This painting needs {} GB of memory and {} GB are free; {}.": (
        "Esta pintura necesita {} GB de memoria y quedan {} GB; {}."
    ),
    "{} is {}; this server takes at most {}.": "{} es {}; este servidor admite como máximo {}.",
    "There is no painting yet; press Paint first.": "Aún no hay pintura; pulsa antes Pintar.",
    "This painting is still at work; stop it first.": "Esta pintura aún está en marcha; párala antes.",
    "There is no painting to go on with any more; press Paint.": "Ya no hay pintura que seguir; pulsa Pintar.",
}
PARTS = {
    "a number": "un número",
    "a whole number": "un número entero",
    "try again later": "inténtalo más tarde",
    "choose a size of {} px at most": "elige un tamaño de {} px como máximo",
}


def spanish(sentence: str, names: dict[str, str]) -> str:
    """The sentence in Spanish, or as it is where it is none of the core's; `names` has the settings' own."""
    for pattern, there in _patterns():
        if match := pattern.fullmatch(sentence):
            return there.format(*(spanish(names.get(part, part), {}) if part else "" for part in match.groups()))
    return sentence


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The longest first: a short one could take a long one's words for what it is about."""
    ordered = sorted((SENTENCES | PARTS).items(), key=lambda pair: -len(pair[0]))
    return [(re.compile(re.escape(here).replace(r"\{\}", "(.*?)"), re.DOTALL), there) for here, there in ordered]
