"""Who is the agent and who the customer, decided from what is said.

Every cue that a speaker uses adds its log-odds of being the agent (negative: the customer), once however often it is
heard. What is not confident enough stays "unknown".
"""

from __future__ import annotations

import dataclasses
import functools
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.analysis_types import Role
from engine.types import Transcript

CONFIDENCE = 0.8
OPENING_UTTERANCES = 3

_OPPOSITE: Mapping[Role, Role] = {"agent": "customer", "customer": "agent", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class RoleGuess:
    """`confidence` is the probability of `role`; of "unknown", that of the likelier of the two roles."""

    role: Role
    confidence: float


def decide_roles(
    speech: Mapping[str, Sequence[str]], language: str, known: Mapping[str, Role] | None = None
) -> dict[str, RoleGuess]:
    """The role of every speaker, from the texts of their utterances in order; `known` roles are taken as they are.

    Of two speakers one decides the other. Among more, one agent at most is decided, and who is clearly a customer.
    """
    given = {speaker: role for speaker, role in (known or {}).items() if role != "unknown"}
    odds = {speaker: _log_odds(texts, language) for speaker, texts in speech.items()}
    if len(speech) == 2:
        guesses = _of_two(odds, given)
    else:
        guesses = {speaker: _guess(_odds_among(odds, speaker)) for speaker in odds}
        if "agent" in given.values():
            guesses = {s: g if g.role != "agent" else RoleGuess("unknown", g.confidence) for s, g in guesses.items()}
    return guesses | {speaker: RoleGuess(role, 1.0) for speaker, role in given.items() if speaker in speech}


def with_roles(transcript: Transcript, known: Mapping[str, Role]) -> Transcript:
    """The transcript with a role on every speaker and utterance: the `known` ones, the others decided."""
    speech: dict[str, list[str]] = {speaker.id: [] for speaker in transcript.speakers}
    for utterance in transcript.utterances:
        speech[utterance.speaker].append(utterance.text)
    guesses = decide_roles(speech, transcript.language.code, known)
    return dataclasses.replace(
        transcript,
        speakers=tuple(dataclasses.replace(s, role=guesses[s.id].role) for s in transcript.speakers),
        utterances=tuple(dataclasses.replace(u, role=guesses[u.speaker].role) for u in transcript.utterances),
    )


def _of_two(odds: Mapping[str, float], given: Mapping[str, Role]) -> dict[str, RoleGuess]:
    first, second = odds
    if first in given or second in given:
        roles = {first: given.get(first), second: given.get(second)}
        return {
            first: RoleGuess(roles[first] or _OPPOSITE[given[second]], 1.0),
            second: RoleGuess(roles[second] or _OPPOSITE[given[first]], 1.0),
        }
    apart = odds[first] - odds[second]
    return {first: _guess(apart), second: _guess(-apart)}


def _odds_among(odds: Mapping[str, float], speaker: str) -> float:
    """A speaker's own odds; those of being the agent only as far as they exceed everybody else's."""
    others = [other for name, other in odds.items() if name != speaker]
    return min(odds[speaker], odds[speaker] - max(others)) if others and odds[speaker] > 0 else odds[speaker]


def _guess(log_odds: float) -> RoleGuess:
    agent = 1 / (1 + math.exp(-log_odds))
    confidence = max(agent, 1 - agent)
    if confidence < CONFIDENCE:
        return RoleGuess("unknown", confidence)
    return RoleGuess("agent" if agent > 0.5 else "customer", confidence)


# --- cues -------------------------------------------------------------------------------------------------------------


def _log_odds(texts: Sequence[str], language: str) -> float:
    table = _compiled(language)
    said = " . ".join(map(plain, texts))
    opening = " . ".join(map(plain, texts[:OPENING_UTTERANCES]))
    return sum(odds for odds, opens, cue in table if cue.search(opening if opens else said))


def plain(text: str) -> str:
    """Lower case without accents or punctuation; an apostrophe parts a word ("i m", "l appel")."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.sub(r"[^\w\s]|_", " ", "".join(c for c in bare if not unicodedata.combining(c))).split())


@functools.cache
def _compiled(language: str) -> tuple[tuple[float, bool, re.Pattern[str]], ...]:
    """(log-odds, in the opening only, pattern) of every cue of a language; none for a language without a table."""
    cues = []
    for line in _CUES.get(language, "").replace("\n|", "|").strip().splitlines():
        odds, _, pattern = line.partition(" ")
        opens = pattern.startswith("^")
        cues.append((float(odds), opens, re.compile(rf"\b(?:{pattern.removeprefix('^')})\b")))
    return tuple(cues)


# A cue: log-odds of being the agent, then a pattern over `plain` text. "^" counts in the opening utterances only; a
# line that starts with "|" carries on. 1.5 and more decides alone, less needs company.
_CUES: Mapping[str, str] = {
    "en": r"""
+2.0 (thank you|thanks) for (calling|contacting|choosing|reaching out|getting in touch|your call)
+2.0 how (can|may|could) (i|we) (help|assist)|what can i do for you
+2.0 (any|some)thing else (that )?(i|we) can (help|assist|do)|is there anything else
+2.0 call (is|may be|will be|might be|is being) (being )?(recorded|monitored)
+2.0 you (a?re|are) (speaking (with|to)|through to)
+1.5 (thank you|thanks) for (your patience|holding|waiting|that information|verifying|confirming|bearing)
+1.5 (can|could|may|would) (i|you)( please)? (have|get|take|verify|confirm|provide|spell|give me|tell me) (your
|the last)
+1.5 (please )?(verify|confirm) (your|the last|the first|that you)
+1.5 for (security|verification|data protection) (reasons|purposes|questions)?
+1.5 bear with me|(place|put|putting|placing) you on (a )?(brief )?hold|hold while i|moment while i
|stay on the line
+1.5 i a?m (so |very |really |terribly |deeply )?sorry (to hear|for (the|any|this) (inconvenience|delay|trouble
|wait))
+1.5 (i|we) (do |sincerely |really )*apologi[sz]e|(my|our) (sincere )?apologies|on behalf of
+1.5 (i|we) (can|will|ll|could|am going to|m going to) (offer you|refund|transfer you|credit|issue|waive
|send you)
+1.5 i (have|ve)( just| now)? (issued|processed|refunded|credited|applied|scheduled|transferred|waived)
+1.0 ^(this is|my name is) (\w+ ){1,3}(from|with|at|of) |\w+ speaking
+1.0 ^welcome to|you (ha)?ve reached
+1.0 i (completely |totally |fully |can |do )*understand (your|how|why you)
+1.0 our (records|system|policy|technician|engineer|specialist|warehouse|department)|(in|on) the system
+1.0 your (\w+ )?(account|order|card|refund|payment|balance|claim|policy|request|ticket|appointment) (has|will
|is|shows|was)
+0.7 let me (just |quickly )?(check|see|look|pull|verify|bring|find|transfer|open)|one moment please
|i can see (that|your)
+0.5 have a (great|nice|wonderful|good|lovely|pleasant) (rest of your )?(day|evening|afternoon|weekend)
-2.0 i (a?m|was) (calling|phoning|ringing|writing|contacting you) (about|because|regarding|concerning|to
|as) (?!your)
-2.0 i (was|got|have been|ve been|am being|m being)( \w+)? (over)?charged|(over)?charged (me|my)
-1.5 i (have|ve|got|a?m having)( got)? (a|an|some|another) (\w+ )?(problem|issue|question|complaint|trouble)
-1.5 my (\w+ )?(bill|order|account|card|internet|router|phone|package|parcel|payment|refund|delivery|invoice
|line|flight) (is|was|has|isn|hasn|doesn|does|never|still|seems|keeps|stopped|won|got|went|arrived|came)
-1.5 i (want|wanted|would like|d like|need|am trying|m trying|was hoping) to (cancel|return|order|change|know
|speak|talk|report|dispute|complain|pay|close|open|move|replace|block|book|make a|check (on )?my|ask)
-1.5 i (never|didn t|did not|haven t|have not) (even |yet )?(receiv|get|got|order|authori|hear|sign|agree|ask
|buy|make)\w*
-1.5 i (have|ve) been (waiting|on hold|trying|calling|told|a customer)
-1.5 (speak|talk) (to|with) (a|your|the) (manager|supervisor|human|person|real|someone)
-1.5 i ((ha)?ve )?(lost|misplaced) my|my (\w+ )?(was|got|has been|were) (stolen|lost|declined|blocked|damaged)
-1.0 i (need|want|would like|d like) (a|an|my|some|help|order)
-1.0 (can|could|would) you (please )?(help me|check (my|why|if|on)|send me|cancel my|explain|look into
|change my|move my)
-1.0 (thank you|thanks) (so much |very much |a lot )?for your help
-1.0 (this|that) (is|s) (ridiculous|unacceptable|not acceptable|the (second|third) time)
-1.0 why (is|was|did|do|does|have|has|am) (it|my|the|you|i|there)|i (don t|do not) (understand|know) why
-1.0 (when|how long) (will|does|is) (my|it|the|this)
-0.7 my (\w+ )?(number|address|email|e mail|date of birth|postcode|zip code|card|account) is|i was born
|i live (in|at)
""",
    "fr": r"""
+2.0 (en quoi|comment) (puis je|pouvons nous|je peux) (vous )?(aider|etre utile)
+2.0 merci (de|d|pour) (votre appel|avoir appele|nous (avoir )?(appeler|appele|contacter|contactes))
|bienvenue (chez|a|au)
+2.0 (autre chose|d autres questions)[^.]*(aider|faire pour vous)|puis je (faire|vous aider)
+1.5 (pouvez|pourriez) vous (me )?(confirmer|donner|communiquer|epeler|preciser) (votre|vos)
+1.5 merci de (patienter|votre patience|bien vouloir)|ne quittez pas|je vous (transfere|mets en attente
|remercie d avoir)
+1.5 (nous|je) (vous )?(presente|presentons|prie|suis desole|sommes desoles)[^.]*(excuses|excuser|desagrement
|gene occasionnee|d entendre)
+1.0 (dans )?(notre|nos) (systeme|dossiers|service|technicien|equipe)|je (vais )?verifi\w+ (votre|cela|ca)
+0.5 (bonne|excellente) (journee|soiree|fin de journee)
-2.0 je (vous )?(appelle|telephone|contacte) (parce|car|pour|au sujet|a propos|concernant)
-1.5 j ai (un|une|eu un) (\w+ )?(probleme|souci|question|reclamation)|j ai (perdu|ete (preleve|facture))
-1.5 (ma|mon|mes) (\w+ )?(facture|commande|carte|compte|colis|ligne|internet|abonnement|box|livraison) (est|a|n
|ne|etait)
-1.5 je (voudrais|veux|souhaite|souhaiterais|aimerais) (annuler|resilier|savoir|changer|parler|signaler
|commander|retourner|me plaindre)
-1.5 je n ai (pas|jamais|toujours pas) (recu|commande|autorise)|ca fait \w+ (jours|semaines|heures|minutes) que
-1.0 (pouvez|pourriez) vous m (aider|expliquer|envoyer)|merci (beaucoup )?pour votre aide|inadmissible
|inacceptable
""",
    "es": r"""
+2.0 en que (le |te |lo |la )?(puedo|podemos) (ayudar|servir)\w*|como (le |te )?puedo ayudar\w*
+2.0 gracias por (llamar|su llamada|comunicarse|contactar\w*)|bienvenid[oa] a
+2.0 (algo|alguna cosa) mas en (lo )?que (le |te )?(pueda|puedo)|hay algo mas
+1.5 (me )?(puede|podria|podrias) (por favor )?(confirmar\w*|dar\w*|facilitar\w*|indicar\w*|deletrear\w*
|verificar) (me )?(su|sus|el numero)
+1.5 gracias por (su paciencia|esperar|la espera)|no cuelgue|permanezca en linea|le (transfiero|paso
|comunico) con
+1.5 (le|les) (pido|pedimos|ofrecemos|ofrezco) (una )?(disculpas?|disculpa)|(lamento|lamentamos
|siento) (mucho )?(las molestias|los inconvenientes|escuchar|oir)
+1.0 (en )?(nuestro|nuestros|nuestra) (sistema|registros|equipo|tecnico|politica)|(permitame|dejeme) (verificar
|revisar|comprobar|un momento)
+0.5 (que tenga )?(un )?(buen|excelente|feliz) (dia|tarde)
-2.0 (le |les )?(llamo|estoy llamando|llamaba) (porque|por|para|sobre|acerca|debido)
-1.5 (tengo|tuve|he tenido) (un|una) (\w+ )?(problema|duda|pregunta|queja|reclamo)|(he perdido|perdi
|me robaron) (mi|la)
-1.5 (mi|mis) (\w+ )?(factura|pedido|tarjeta|cuenta|paquete|internet|linea|servicio|pago) (es|esta|no|ha|llego
|sigue|fue)
-1.5 (quiero|quisiera|necesito|me gustaria) (cancelar|saber|cambiar|hablar|reportar|devolver|reclamar
|dar de baja|hacer un)
-1.5 (no he|nunca|todavia no|aun no) (he )?(recibido|recibi|pedi|autorice|autorizado)|me (han|habian) cobrado
|me cobraron|llevo \w+ (dias|semanas|horas|minutos)
-1.0 (me puede|puede|podria) (ayudar\w*|explicar\w*|enviar\w*)|gracias por su ayuda|es inaceptable|una verguenza
""",
    "de": r"""
+2.0 (wie|womit) (kann|darf|konnen|konnte) (ich|wir) (ihnen|dir|euch)?( weiter)?( behilflich| helfen
| weiterhelfen)?
+2.0 (vielen dank|danke|danke schon) (fur|dass) (ihren anruf|sie (uns )?(anrufen|angerufen|kontaktier\w*))
|(herzlich )?willkommen (bei|beim)
+2.0 (sonst noch|noch etwas|noch was)[^.]*(fur sie|helfen|tun)|kann ich sonst noch
+1.5 (konnen|konnten|wurden) sie (mir )?(bitte )?(noch )?(ihre|ihren|ihr|das|die letzten)
+1.5 (danke|vielen dank) fur (ihre geduld|das warten)|(bleiben sie|einen moment) (bitte )?(in der leitung|dran)
|ich verbinde sie
+1.5 (tut mir|tut uns) (sehr |wirklich )?leid (das zu horen|fur die|dass sie)|(ich|wir) (mochte[n]? )?(mich
|uns )?entschuldig\w+|entschuldigen sie die (unannehmlichkeiten|wartezeit)
+1.0 (in )?(unserem|unsere|unser|unseren) (system|unterlagen|techniker|team)|ich (schaue|sehe|prufe) (mal
| kurz| das)? (nach|fur sie|gerade)
+0.5 (einen )?schonen tag( noch)?
-2.0 ich (rufe|rief|melde mich|schreibe) (\w+ )?(an )?(weil|wegen|da|um|bezuglich)
-1.5 ich (habe|hatte|hab) (da )?(ein|eine|einen) (\w+ )?(problem|frage|beschwerde|anliegen)|ich (habe
|hab) (meine|meinen|mein) \w+ (verloren|vergessen)
-1.5 (meine|mein|meinen|meiner) (\w+ )?(rechnung|bestellung|karte|konto|paket|internet|anschluss|vertrag
|lieferung|router) (ist|war|wurde|geht|funktioniert|hat|kam|nicht)
-1.5 ich (mochte|will|wollte|wurde gerne|muss) (\w+ ){0,4}(kundigen|stornieren|wissen|wechseln|sprechen|melden
|reklamieren|beschweren|andern|bestellen|zuruckgeben)
-1.5 (noch )?(nicht|nie|immer noch nicht) (bekommen|erhalten|bestellt|angekommen)|(mir
|uns) wurde \w+ (berechnet|abgebucht)|ich warte (jetzt )?(schon|seit)
-1.0 (konnen|konnten) sie mir (helfen|sagen|erklaren|schicken)|danke fur ihre hilfe|unverschamt\w*|inakzeptabel
""",
    "it": r"""
+2.0 (come|in cosa|in che modo) (posso|possiamo) (aiutar\w*|essere? (le )?(utile|d aiuto))
+2.0 grazie (per|di) (aver|averci|la sua chiamata|la chiamata|aver chiamato|averci (chiamato|contattato))
|benvenut[oa] (in|a|da|alla)
+2.0 (c e )?(qualcos altro|altro) (in cui|che) (posso|possa)
+1.5 (mi )?(puo|potrebbe) (per favore )?(confermar\w*|dar\w*|fornir\w*|indicar\w*|dire|ripetere) (mi )?(il suo
|la sua|i suoi|le ultime)
+1.5 grazie per (la pazienza|aver atteso|l attesa)|resti in linea|(la|le) (trasferisco|passo|metto in attesa)
+1.5 (mi|ci) (scuso|scusiamo)|(sono|siamo) (molto )?(spiacente|spiacenti|desolat\w+)
|mi dispiace (molto )?(per il disagio|per l inconveniente|sentire)|le chiedo scusa
+1.0 (nei|nel|il|i) (nostri|nostro) (sistema|sistemi|tecnico|archivi)|(mi faccia|un attimo che) (verific\w+
|controll\w+)
+0.5 (buona|le auguro una buona) (giornata|serata)
-2.0 (la |vi )?(chiamo|sto chiamando|telefono|chiamavo) (perche|per|riguardo|in merito|a proposito)
-1.5 ho (un|una|avuto un) (\w+ )?(problema|domanda|reclamo|dubbio)|ho perso (la|il|le)|mi hanno (rubato
|addebitato)
-1.5 (la mia|il mio|le mie|i miei) (\w+ )?(bolletta|fattura|ordine|carta|conto|pacco|linea|internet
|abbonamento) (e|non|era|ha|sono)
-1.5 (vorrei|voglio|ho bisogno di|volevo) (annullare|disdire|sapere|cambiare|parlare|segnalare|restituire
|ordinare|fare un reclamo)
-1.5 non ho (ancora |mai )?(ricevuto|ordinato|autorizzato)|(sono|e da) \w+ (giorni|settimane|ore|minuti) che
-1.0 (mi puo|puo|potrebbe) (aiutar\w*|spiegar\w*|inviar\w*)|grazie (mille )?per (l aiuto|il suo aiuto)
|inaccettabile
""",
    "pt": r"""
+2.0 (como|em que|no que) (posso|podemos) (ajudar|lhe ajudar|te ajudar|ser util|auxiliar)\w*
+2.0 obrigad[oa] (por|pela|pelo) (ligar|sua ligacao|seu contato|entrar em contato|contactar|contato)
|bem vind[oa] (a|ao)
+2.0 (mais alguma coisa|algo mais) (em )?que (eu )?(possa|posso)|posso ajudar em (algo|mais)
+1.5 (poderia|pode|pode me|poderia me) (por favor )?(confirmar|informar|fornecer|dizer|soletrar) (me )?(o seu
|a sua|seu|sua|os)
+1.5 obrigad[oa] (pela|por) (paciencia|aguardar|espera)|(aguarde|permaneca) (um momento|na linha)
|vou (transferir|te transferir)
+1.5 (peco|pedimos) (desculpas?|desculpa)|(lamento|lamentamos|sinto muito) (pelo|pelos|o|os|por|ouvir|saber)
+1.0 (no nosso|nosso|nossos|nossa) (sistema|registros|tecnico|equipe)|(deixe me|deixa eu|vou) (verificar
|consultar|checar)
+0.5 (tenha )?(um )?(otimo|bom|excelente) dia
-2.0 (estou ligando|ligo|estou a ligar|liguei) (porque|por causa|para|sobre|pra|a respeito)
-1.5 (tenho|tive|estou com) (um|uma) (\w+ )?(problema|duvida|pergunta|reclamacao)|(perdi|roubaram) (o meu
|a minha|meu|minha)
-1.5 (minha|meu|a minha|o meu) (\w+ )?(fatura|conta|pedido|cartao|encomenda|internet|linha|pacote) (esta|nao
|veio|foi|ainda|e)
-1.5 (quero|queria|gostaria de|preciso) (cancelar|saber|mudar|falar|reportar|devolver|trocar|reclamar|fazer um)
-1.5 (nao|nunca|ainda nao) (recebi|pedi|autorizei|encomendei)|(fui cobrad[oa]|me cobraram)|estou (ha|esperando)
-1.0 (pode|poderia) (me )?(ajudar|explicar|enviar)|obrigad[oa] pela (ajuda|sua ajuda)|inaceitavel|um absurdo
""",
}
