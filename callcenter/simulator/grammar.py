"""What TwiML may say: every verb with its attributes, what may stand inside it, and where a document may use it."""

COMMON_CALLBACK = "statusCallback statusCallbackEvent statusCallbackMethod"
RECORDING = "recordingStatusCallback recordingStatusCallbackEvent recordingStatusCallbackMethod trim"

#: verb → its attributes
ATTRIBUTES: dict[str, frozenset[str]] = {name: frozenset(words.split()) for name, words in {
    "Say": "voice language loop",
    "Play": "loop digits",
    "Pause": "length",
    "Gather": "input action method timeout speechTimeout maxSpeechTime profanityFilter finishOnKey numDigits partialResultCallback "
              "partialResultCallbackMethod language hints bargeIn debug actionOnEmptyResult speechModel enhanced",
    "Record": f"action method timeout finishOnKey maxLength playBeep transcribe transcribeCallback {RECORDING}",
    "Redirect": "method",
    "Hangup": "",
    "Reject": "reason",
    "Leave": "",
    "Enqueue": "action method maxQueueSize waitUrl waitUrlMethod workflowSid",
    "Dial": f"action method timeout hangupOnStar timeLimit callerId record answerOnBridge ringTone sequential referUrl referMethod {RECORDING}",
    "Number": f"sendDigits url method byoc machineDetection amdStatusCallback amdStatusCallbackMethod {COMMON_CALLBACK}",
    "Client": f"url method {COMMON_CALLBACK}",
    "Identity": "",
    "Parameter": "name value",
    "Sip": f"username password url method {COMMON_CALLBACK}",
    "Queue": "url method reservationSid postWorkActivitySid",
    "Conference": "muted beep startConferenceOnEnter endConferenceOnExit waitUrl waitMethod maxParticipants record region coach "
                  f"eventCallbackUrl participantLabel jitterBufferSize {COMMON_CALLBACK} {RECORDING}",
    "Message": "to from action method statusCallback",
    "Body": "", "Media": "",
    "break": "strength time", "emphasis": "level", "p": "", "s": "", "say-as": "interpret-as role", "prosody": "volume rate pitch",
}.items()}

#: verb → what may stand inside it
INSIDE: dict[str, frozenset[str]] = {
    "Gather": frozenset({"Say", "Play", "Pause"}),
    "Dial": frozenset({"Number", "Client", "Sip", "Queue", "Conference"}),
    "Client": frozenset({"Identity", "Parameter"}),
    "Message": frozenset({"Body", "Media"}),
    "Say": frozenset({"break", "emphasis", "p", "s", "say-as", "prosody"}),
}

#: where a document is used → the verbs it may begin with
PLACES: dict[str, frozenset[str]] = {
    "call": frozenset({"Say", "Play", "Pause", "Gather", "Record", "Redirect", "Hangup", "Reject", "Leave", "Enqueue", "Dial", "Message"}),
    "wait": frozenset({"Say", "Play", "Pause", "Gather", "Redirect", "Hangup", "Leave"}),
    "music": frozenset({"Say", "Play", "Pause", "Redirect"}),
    "whisper": frozenset({"Say", "Play", "Pause", "Gather", "Redirect", "Hangup"}),
    "text": frozenset({"Message", "Redirect"}),
}

#: attribute → the only values it may have
VALUES: dict[str, frozenset[str]] = {name: frozenset(words.split()) for name, words in {
    "method": "GET POST", "waitUrlMethod": "GET POST", "waitMethod": "GET POST", "statusCallbackMethod": "GET POST",
    "recordingStatusCallbackMethod": "GET POST", "input": "dtmf speech", "trim": "trim-silence do-not-trim", "reason": "rejected busy",
    "answerOnBridge": "true false", "actionOnEmptyResult": "true false", "bargeIn": "true false", "playBeep": "true false",
    "muted": "true false", "startConferenceOnEnter": "true false", "endConferenceOnExit": "true false", "hangupOnStar": "true false",
    "sequential": "true false",
}.items()}

#: values of one attribute that depend on the verb
RECORDS = {
    "Dial": frozenset({"do-not-record", "record-from-answer", "record-from-ringing", "record-from-answer-dual", "record-from-ringing-dual",
                       "true", "false"}),
    "Conference": frozenset({"do-not-record", "record-from-start"}),
}
EVENTS = {
    "Conference": frozenset({"start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"}),
    "": frozenset({"initiated", "ringing", "answered", "completed"}),
}
RECORDING_EVENTS = frozenset({"in-progress", "completed", "absent"})

#: attributes that are whole numbers
NUMBERS = frozenset({"loop", "length", "timeout", "numDigits", "maxLength", "maxQueueSize", "timeLimit", "maxParticipants"})
