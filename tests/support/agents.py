"""User agents as seen in 2026."""

IOS_WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Mobile/15E148 MicroMessenger/8.0.69(0x1800452d) NetType/WIFI Language/zh_CN"
)
ANDROID_WECHAT = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/146.0.7680.177 Mobile Safari/537.36 XWEB/1460075 MMWEBSDK/20250804 MMWEBID/4850 "
    "MicroMessenger/8.0.63.2920(0x28003FA6) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN"
)
MINI_PROGRAM = ANDROID_WECHAT + " miniProgram/wxba5fad812f8e6fb9"
MINI_PROGRAM_REQUEST = IOS_WECHAT + " MiniProgramEnv/iOS"
DESKTOP_WECHAT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/132.0.0.0 Safari/537.36 MicroMessenger/7.0.20.1781 WindowsWechat(0x63090a13)"
)
WECOM = IOS_WECHAT + " wxwork/4.1.30"
CRAWLER = "Mozilla/5.0 (iPhone) MicroMessenger/8.0 Mpcrawler"
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Safari/537.36"
)

_CHROMIUM = "AppleWebKit/537.36 (KHTML, like Gecko)"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) {_SAFARI}"

PEOPLE = {
    "Safari": f"{_IPHONE} Version/17.5 Mobile/15E148 Safari/604.1",
    "Safari on a Mac": (
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_SAFARI} Version/17.5 Safari/605.1.15"
    ),
    "Chrome": (
        f"Mozilla/5.0 (Linux; Android 10; K) {_CHROMIUM} Chrome/138.0.0.0 Mobile Safari/537.36"
    ),
    "Edge": (
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROMIUM} Chrome/138.0.0.0 Safari/537.36 "
        "Edg/138.0.0.0"
    ),
    "Firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Huawei": (
        f"Mozilla/5.0 (Linux; Android 10; HarmonyOS; NOH-AN00; HMSCore 6.14.0.302) {_CHROMIUM} "
        "Chrome/114.0.5735.196 HuaweiBrowser/15.0.4.312 Mobile Safari/537.36"
    ),
    "ArkWeb": (
        f"Mozilla/5.0 (Phone; OpenHarmony 5.0) {_CHROMIUM} Chrome/114.0.0.0 Safari/537.36 "
        "ArkWeb/4.1.6.1 Mobile"
    ),
    "Xiaomi": (
        f"Mozilla/5.0 (Linux; U; Android 14; zh-cn; 23127PN0CC Build/UKQ1.230804.001) {_CHROMIUM} "
        "Version/4.0 Chrome/123.0.6312.118 Mobile Safari/537.36 XiaoMi/MiuiBrowser/19.4.50304"
    ),
    "QQ browser": (
        f"Mozilla/5.0 (Linux; U; Android 13; zh-cn; V2203A Build/TP1A.220624.014) {_CHROMIUM} "
        "Version/4.0 Chrome/109.0.5414.86 MQQBrowser/14.9 Mobile Safari/537.36 COVC/046915"
    ),
    "QQ": f"{_IPHONE} Mobile/15E148 QQ/9.0.60.615 V1_IPH_SQ_9.0.60_1_APP_A NetType/WIFI",
    "UC": (
        f"Mozilla/5.0 (Linux; U; Android 12; zh-CN; M2102J2SC Build/SKQ1) {_CHROMIUM} "
        "Version/4.0 Chrome/100.0.4896.58 UCBrowser/16.7.0.1332 Mobile Safari/537.36"
    ),
    "UC, old": (
        "UCWEB/2.0 (MIDP-2.0; U; zh-CN; Redmi 4X) U2/1.0.0 UCBrowser/9.4.1.482 U2/1.0.0 Mobile"
    ),
    "Baidu": f"{_IPHONE} Mobile/15E148 baiduboxapp/13.60.0.10 (Baidu; P2 17.5.1)",
    "Alipay": (
        f"{_IPHONE} Mobile/21F90 AliApp(AP/10.6.50.6000) AlipayClient/10.6.50.6000 Language/zh-Hans"
    ),
    "DingTalk": (
        f"{_IPHONE} Mobile/21F90 AliApp(DingTalk/7.6.10) com.laiwang.DingTalk/36218 Channel/201200"
    ),
    "Feishu": f"{_IPHONE} Mobile/15E148 Lark/7.20.6 LarkLocale/zh_CN ChannelName/Feishu",
    "Weibo": f"{_IPHONE} Mobile/15E148 Weibo (iPhone15,3__weibo__14.6.3__iphone__os17.5.1)",
    "Douyin": f"{_IPHONE} Mobile/15E148 aweme_30.3.0 JsSdk/2.0 NetType/WIFI Channel/App Store",
    "Cubot": (
        f"Mozilla/5.0 (Linux; Android 10; CUBOT_X30) {_CHROMIUM} Chrome/120.0.0.0 "
        "Mobile Safari/537.36"
    ),
    "Opera Mini": "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; zh) Presto/2.12.423",
}
"""Browsers that people scan and click with, WeChat's apart."""

PROGRAMS = {
    "Baidu": "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "Sogou": "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
    "Shenma": f"Mozilla/5.0 (Windows NT 10.0) {_CHROMIUM} Safari/537.36 YisouSpider/5.0",
    "360": "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.1 Safari/537.1; 360Spider",
    "ByteDance": "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (compatible; Bytespider)",
    "Huawei": "Mozilla/5.0 (compatible;PetalBot;+https://webmaster.petalsearch.com/site/petalbot)",
    "Google": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Bing": f"Mozilla/5.0 {_CHROMIUM}; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Apple": f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_SAFARI} (Applebot/0.1)",
    "iMessage": (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 Version/9.0.1 "
        "Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
    ),
    "WhatsApp's preview": "WhatsApp/2.24.11.78 A",
    "Telegram's preview": "TelegramBot (like TwitterBot)",
    "Slack's preview": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Skype's preview": "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "DingTalk's preview": "DingTalkBot-LinkService/1.0 (+https://open-doc.dingtalk.com/)",
    "Feishu's preview": "Mozilla/5.0 (compatible; LarkUrl2Meta/1.0; +https://www.feishu.cn)",
    "GPTBot": f"Mozilla/5.0 {_CHROMIUM}; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Censys": "Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)",
    "Chrome without a head": (
        f"Mozilla/5.0 (X11; Linux x86_64) {_CHROMIUM} HeadlessChrome/138.0.0.0 Safari/537.36"
    ),
    "UptimeRobot": "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "curl": "curl/8.5.0",
    "requests": "python-requests/2.32.3",
    "Go": "Go-http-client/2.0",
    "Java": "Apache-HttpClient/4.5.14 (Java/17.0.11)",
    "an app on Android": "Dalvik/2.1.0 (Linux; U; Android 14; 23127PN0CC Build/UKQ1.230804.001)",
    "an app on an iPhone": "NewsApp/1.0 CFNetwork/1496.0.7 Darwin/23.5.0",
}
"""Crawlers, previews, checkers and libraries."""
