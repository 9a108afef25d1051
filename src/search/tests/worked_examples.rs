//! Worked numbers, computed by an independent implementation in another language that agrees with the authors' code of
//! ASNG to 2e-16 on the first two. "Adaptive" is one step of ASNG (initial step 1), "plain" one of rate 0.1.

use super::{architectures, close, close_rows, theta};
use crate::search::{Asng, AsngOptions, Picks, Theta, Utility, bound, gradient, mixture, sng};

type Rows = &'static [&'static [f64]];
type Samples = &'static [&'static [u16]];

const OPTIONS: AsngOptions = AsngOptions { initial_step: 1.0, signal_to_noise: 1.5 };

struct Step {
    samples: Samples,
    losses: &'static [f64],
    utility: &'static [f64],
    gradient: Rows,
    step: f64,
    theta: Rows,
    path: &'static [f64],
    gamma: f64,
    shrink: f64,
}

struct Shared {
    ess: f64,
    coefficients: &'static [f64],
    gradient: Rows,
    plain: Rows,
    adaptive: Rows,
    length: f64,
    gamma: f64,
    shrink: f64,
}

const E6_COEFFICIENTS: [f64; 2] = [0.0, 0.5];
const E6_LOSSES: [f64; 4] = [0.9, 1.2, 0.8, 1.0];
const E6_COMPLEXITIES: [f64; 4] = [0.6, 0.4, 1.0, 0.1];
const E6_COSTS: [f64; 5] = [0.0, 0.4, 0.0, 0.1, 0.6];

fn follow(start: Rows, least: &[f64], steps: &[Step]) {
    let mut theta = theta(start);
    let mut asng = Asng::new(theta.freedom());
    for step in steps {
        let picks = Picks::new(&theta, architectures(step.samples).iter());
        let utility = Utility::Rank.coefficients(step.losses, &vec![1.0; step.losses.len()]).unwrap();
        close(&utility, step.utility);
        let gradient = gradient::natural(&theta, &picks, &utility);
        close(&gradient, &step.gradient.concat());
        let length = asng.update(&mut theta, &gradient, least, OPTIONS);
        close_rows(&theta, step.theta);
        close(&asng.path, step.path);
        close(&[length, asng.gamma, asng.shrink], &[step.step, step.gamma, step.shrink]);
    }
}

#[test]
fn asng_without_a_bound() {
    follow(E2_START, &[0.0, 0.0], &E2);
}

#[test]
fn asng_with_the_bound_of_its_authors() {
    let least = bound::least_probabilities(&[2, 3, 5, 5]);
    follow(E3_START, &least, &E3);
}

#[test]
fn log_probabilities_mixture_and_weights() {
    let thetas: Vec<Theta> = E6_THETAS.iter().map(|rows| theta(rows)).collect();
    let samples = architectures(E6_SAMPLES);
    let picks = Picks::new(&thetas[0], samples.iter());
    for (theta, expected) in thetas.iter().zip(E6_LOG_P) {
        close(&mixture::log_probabilities(theta, &picks), expected);
        close(&samples.iter().map(|sample| theta.log_probability(sample)).collect::<Vec<_>>(), expected);
    }
    for (sample, expected) in E6_LOG_Q.iter().enumerate() {
        close(&[mixture::log_mixture(&[E6_LOG_P[0][sample], E6_LOG_P[1][sample]])], &[*expected]);
    }
    for (weights, expected) in mixture::importance_weights(thetas.iter(), &picks).iter().zip(E6_WEIGHTS) {
        close(weights, expected);
    }
}

#[test]
fn the_analytic_gradient_of_complexity() {
    for (rows, expected) in E6_THETAS.iter().zip(E6_DEARER) {
        close(&gradient::analytic_complexity(&theta(rows), &E6_COSTS), &expected.concat());
    }
}

fn step_of_both(utility: Utility, analytic: bool, expected: &[Shared; 2]) {
    let thetas: Vec<Theta> = E6_THETAS.iter().map(|rows| theta(rows)).collect();
    let picks = Picks::new(&thetas[0], architectures(E6_SAMPLES).iter());
    let weights = mixture::importance_weights(thetas.iter(), &picks);
    for (k, expected) in expected.iter().enumerate() {
        let share = if analytic { 0.0 } else { E6_COEFFICIENTS[k] };
        let objectives: Vec<f64> = E6_LOSSES.iter().zip(E6_COMPLEXITIES).map(|(l, r)| l + share * r).collect();
        close(&[mixture::effective_samples(&weights[k])], &[expected.ess]);
        let coefficients = utility.coefficients(&objectives, &weights[k]).unwrap();
        close(&coefficients, expected.coefficients);
        let mut gradient = gradient::natural(&thetas[k], &picks, &coefficients);
        if analytic {
            let dearer = gradient::analytic_complexity(&thetas[k], &E6_COSTS);
            gradient.iter_mut().zip(dearer).for_each(|(g, h)| *g -= E6_COEFFICIENTS[k] * h);
        }
        close(&gradient, &expected.gradient.concat());

        let mut plain = thetas[k].clone();
        sng::update(&mut plain, &gradient, 0.1, &[0.05; 2]);
        close_rows(&plain, expected.plain);

        let (mut adaptive, mut asng) = (thetas[k].clone(), Asng::new(3));
        asng.update(&mut adaptive, &gradient, &[0.05; 2], OPTIONS);
        close_rows(&adaptive, expected.adaptive);
        let length: f64 = asng.path.iter().map(|s| s * s).sum();
        close(&[length, asng.gamma, asng.shrink], &[expected.length, expected.gamma, expected.shrink]);
    }
}

#[test]
fn two_distributions_by_rank() {
    step_of_both(Utility::Rank, false, &E6_RANK);
}

#[test]
fn two_distributions_by_weighted_quantiles() {
    step_of_both(Utility::Wquant, false, &E6_WQUANT);
}

#[test]
fn two_distributions_by_losses_from_their_mean() {
    step_of_both(Utility::RawCentred, false, &E6_RAW_CENTRED);
}

#[test]
fn two_distributions_by_losses() {
    step_of_both(Utility::Raw, false, &E6_RAW);
}

#[test]
fn two_distributions_by_rank_with_the_analytic_gradient_of_complexity() {
    step_of_both(Utility::Rank, true, &E6_RANK_ANALYTIC);
}

#[test]
fn four_hundred_decisions_do_not_underflow() {
    let unlikely: Vec<f64> = [0.00625].into_iter().chain([0.99375 / 4.0; 4]).collect();
    let decided = Theta::try_from(vec![unlikely; 400]).unwrap();
    let undecided = Theta::uniform(&[5; 400]);
    let sample = architectures(&[&[0; 400]]);
    let log_p = [decided.log_probability(&sample[0]), undecided.log_probability(&sample[0])];
    close(&log_p, &[-2030.0695260935527, -643.7751649736413]);
    close(&[mixture::log_mixture(&log_p)], &[-644.4683121542012]);
    let picks = Picks::new(&decided, sample.iter());
    let weights = mixture::importance_weights([&decided, &undecided].into_iter(), &picks);
    assert_eq!(weights, [[0.0], [2.0]]);
}

const E2_START: Rows = &[&[0.6, 0.4], &[0.5, 0.3, 0.2]];
const E2: [Step; 2] = [
    Step {
        samples: &[&[0, 2], &[1, 0]],
        losses: &[0.9, 1.2],
        utility: &[1.0, -1.0],
        gradient: &[&[0.5, -0.5], &[-0.5, 0.0, 0.5]],
        step: 1.0,
        theta: &[&[0.8992528008322898, 0.10074719916771019], &[0.20074719916771017, 0.3, 0.49925280083228984]],
        path: &[0.5536066296480454, -0.6798585357378314, -0.22951966373289698],
        gamma: 0.8213672050459183,
        shrink: 1.171250746955285,
    },
    Step {
        samples: &[&[0, 0], &[0, 2]],
        losses: &[0.7, 0.8],
        utility: &[1.0, -1.0],
        gradient: &[&[0.0, 0.0], &[0.5, 0.0, -0.5]],
        step: 0.8537881428033591,
        theta: &[&[0.8992528008322898, 0.10074719916771019], &[0.5238093658722284, 0.3, 0.17619063412777164]],
        path: &[0.2807146485898999, 0.5043490157781629, 0.031758083559595335],
        gamma: 0.9540708105666322,
        shrink: 1.6795879904430902,
    },
];

const E3_START: Rows = &[
    &[0.5, 0.5],
    &[0.3333333333333333, 0.3333333333333333, 0.3333333333333333],
    &[0.2, 0.2, 0.2, 0.2, 0.2],
    &[0.2, 0.2, 0.2, 0.2, 0.2],
];
const E3: [Step; 3] = [
    Step {
        samples: &[&[0, 1, 4, 2], &[1, 1, 0, 3]],
        losses: &[1.1, 1.9],
        utility: &[1.0, -1.0],
        gradient: &[&[0.5, -0.5], &[0.0, 0.0, 0.0], &[-0.5, 0.0, 0.0, 0.0, 0.5], &[0.0, 0.0, 0.5, -0.5, 0.0]],
        step: 1.0,
        theta: &[
            &[0.7041241452319316, 0.29587585476806844],
            &[0.3333333333333333, 0.3333333333333333, 0.3333333333333333],
            &[0.0625, 0.18785237148643058, 0.18785237148643058, 0.18785237148643058, 0.37394288554070826],
            &[0.18785237148643058, 0.18785237148643058, 0.37394288554070826, 0.0625, 0.18785237148643058],
        ],
        path: &[
            0.29215110195651506,
            0.0,
            0.0,
            -0.4275705851014117,
            -0.10093572326329196,
            -0.10093572326329196,
            -0.10093572326329196,
            0.0,
            0.0,
            0.3266348618381198,
            -0.3266348618381198,
        ],
        gamma: 0.5121135982464363,
        shrink: 1.0528169203224464,
    },
    Step {
        samples: &[&[0, 2, 4, 2], &[0, 1, 1, 2]],
        losses: &[1.3, 1.0],
        utility: &[-1.0, 1.0],
        gradient: &[&[0.0, 0.0], &[0.0, 0.5, -0.5], &[0.0, 0.5, 0.0, 0.0, -0.5], &[0.0, 0.0, 0.0, 0.0, 0.0]],
        step: 0.9498327588558605,
        theta: &[
            &[0.7041241452319316, 0.29587585476806844],
            &[0.3191835633025662, 0.5558164366974339, 0.125],
            &[0.0625, 0.44172821170769155, 0.18785237148643058, 0.18785237148643058, 0.12006704531944729],
            &[0.18785237148643058, 0.18785237148643058, 0.37394288554070826, 0.0625, 0.18785237148643058],
        ],
        path: &[
            0.20848330571345527,
            0.1187074755060162,
            0.44302232982669043,
            -0.25761873793638584,
            0.4423378100166937,
            0.010323758865770971,
            0.010323758865770971,
            0.0,
            0.0,
            0.23309142187457818,
            -0.23309142187457818,
        ],
        gamma: 0.7515458670791042,
        shrink: 1.1588463734841226,
    },
    Step {
        samples: &[&[1, 0, 3, 2], &[0, 0, 3, 4]],
        losses: &[1.5, 1.5000001],
        utility: &[1.0, -1.0],
        gradient: &[&[-0.5, 0.5], &[0.0, 0.0, 0.0], &[0.0, 0.0, 0.0, 0.0, 0.0], &[0.0, 0.0, 0.5, 0.0, -0.5]],
        step: 0.862927151416504,
        theta: &[
            &[0.4629054395110241, 0.5370945604889759],
            &[0.3191835633025662, 0.5558164366974339, 0.125],
            &[0.0625, 0.44172821170769155, 0.18785237148643058, 0.18785237148643058, 0.12006704531944729],
            &[0.16977329703085106, 0.16977329703085106, 0.5354534059382978, 0.0625, 0.0625],
        ],
        path: &[
            -0.25780876601425595,
            0.08782188845133032,
            0.32775574971701116,
            -0.19059089555716435,
            0.3272493298631645,
            0.007637699274147405,
            0.007637699274147405,
            0.13120619393550903,
            0.13120619393550903,
            0.6651196939884274,
            -0.0967643029269453,
        ],
        gamma: 0.8640135519209422,
        shrink: 1.260489098038676,
    },
];

const E6_THETAS: [Rows; 2] = [&[&[0.6, 0.4], &[0.5, 0.3, 0.2]], &[&[0.3, 0.7], &[0.2, 0.2, 0.6]]];
const E6_SAMPLES: Samples = &[&[0, 2], &[1, 0], &[1, 2], &[0, 1]];
const E6_LOG_P: Rows = &[
    &[-2.120263536200091, -1.6094379124341003, -2.525728644308255, -1.7147984280919268],
    &[-1.7147984280919268, -1.9661128563728327, -0.8675005677047232, -2.8134107167600364],
];
const E6_LOG_Q: &[f64] = &[-1.8971199848858813, -1.7719568419318752, -1.3862943611198906, -2.120263536200091];
const E6_WEIGHTS: Rows = &[
    &[0.8, 1.1764705882352942, 0.32000000000000006, 1.4999999999999998],
    &[1.1999999999999997, 0.8235294117647058, 1.6799999999999997, 0.49999999999999994],
];
const E6_DEARER: [Rows; 2] = [
    &[&[-0.09600000000000002, 0.096], &[-0.075, -0.014999999999999996, 0.09]],
    &[&[-0.08399999999999999, 0.08400000000000003], &[-0.07600000000000001, -0.05600000000000001, 0.13199999999999998]],
];
const E6_RAW: [Shared; 2] = [
    Shared {
        ess: 3.293326805837682,
        coefficients: &[-0.7200000000000001, -1.411764705882353, -0.25600000000000006, -1.4999999999999998],
        gradient: &[
            &[0.028164705882352953, -0.028164705882352953],
            &[0.13302941176470587, -0.08341764705882349, -0.04961176470588237],
        ],
        plain: &[
            &[0.6028164705882353, 0.3971835294117647],
            &[0.5133029411764706, 0.29165823529411766, 0.19503882352941176],
        ],
        adaptive: &[&[0.7033955336719694, 0.29660446632803067], &[0.9, 0.05, 0.05]],
        length: 0.8213672050459185,
        gamma: 0.8213672050459183,
        shrink: 1.1712507469552849,
    },
    Shared {
        ess: 3.404164674555472,
        coefficients: &[-1.4399999999999997, -1.1529411764705881, -2.1839999999999997, -0.5249999999999999],
        gradient: &[
            &[-0.09360441176470585, 0.0936044117647058],
            &[-0.023138235294117654, 0.1338470588235294, -0.11070882352941178],
        ],
        plain: &[
            &[0.29063955882352943, 0.7093604411764706],
            &[0.19768617647058825, 0.21338470588235295, 0.5889291176470588],
        ],
        adaptive: &[
            &[0.061784788764514986, 0.938215211235485],
            &[0.14111517283971783, 0.5406293014376665, 0.31825552572261573],
        ],
        length: 0.8213672050459182,
        gamma: 0.8213672050459183,
        shrink: 1.171250746955285,
    },
];

const E6_RAW_CENTRED: [Shared; 2] = [
    Shared {
        ess: 3.293326805837682,
        coefficients: &[0.1045578304914691, -0.2181008954793329, 0.07553865745224304, 0.038004407535619886],
        gradient: &[
            &[0.03564055950677237, -0.03564055950677237],
            &[-0.05452522386983312, 0.009501101883905034, 0.04502412198592808],
        ],
        plain: &[
            &[0.6035640559506772, 0.3964359440493228],
            &[0.4945474776130167, 0.3009501101883905, 0.20450241219859283],
        ],
        adaptive: &[
            &[0.8420807632035872, 0.1579192367964129],
            &[0.12964925380176773, 0.36453417194232657, 0.5058165742559056],
        ],
        length: 0.8213672050459184,
        gamma: 0.8213672050459183,
        shrink: 1.171250746955285,
    },
    Shared {
        ess: 3.404164674555472,
        coefficients: &[0.07000634246540245, -0.10868746998451946, -0.06185677965842831, 0.10053790717754485],
        gradient: &[
            &[0.042636062410736864, -0.042636062410736864],
            &[-0.027171867496129844, 0.02513447679438624, 0.002037390701743606],
        ],
        plain: &[
            &[0.3042636062410737, 0.6957363937589263],
            &[0.19728281325038702, 0.20251344767943863, 0.6002037390701743],
        ],
        adaptive: &[&[0.6423117099246235, 0.35768829007537656], &[0.05, 0.37568307247096633, 0.5743169275290337]],
        length: 0.8213672050459184,
        gamma: 0.8213672050459183,
        shrink: 1.171250746955285,
    },
];

const E6_RANK: [Shared; 2] = [
    Shared {
        ess: 3.293326805837682,
        coefficients: &[0.0, -1.1764705882352942, 0.32000000000000006, 0.0],
        gradient: &[
            &[0.12847058823529411, -0.12847058823529411],
            &[-0.18705882352941178, 0.06423529411764706, 0.12282352941176472],
        ],
        plain: &[
            &[0.6128470588235294, 0.3871529411764706],
            &[0.4812941176470588, 0.3064235294117647, 0.21228235294117648],
        ],
        adaptive: &[
            &[0.8690912474689995, 0.13090875253100054],
            &[0.10819131549843475, 0.43454562373449973, 0.4572630607670655],
        ],
        length: 0.8213672050459181,
        gamma: 0.8213672050459183,
        shrink: 1.171250746955285,
    },
    Shared {
        ess: 3.404164674555472,
        coefficients: &[0.0, -0.8235294117647058, 0.0, 0.49999999999999994],
        gradient: &[
            &[0.1492647058823529, -0.14926470588235294],
            &[-0.18970588235294117, 0.1411764705882353, 0.04852941176470589],
        ],
        plain: &[
            &[0.3149264705882353, 0.6850735294117647],
            &[0.18102941176470588, 0.21411764705882355, 0.6048529411764706],
        ],
        adaptive: &[&[0.539132643340594, 0.460867356659406], &[0.05, 0.3684992673659981, 0.581500732634002]],
        length: 0.8213672050459186,
        gamma: 0.8213672050459183,
        shrink: 1.1712507469552849,
    },
];

const E6_WQUANT: [Shared; 2] = [
    Shared {
        ess: 3.293326805837682,
        coefficients: &[0.6628447474434459, -0.9999999999999996, 0.3371552525565541, 0.0],
        gradient: &[
            &[0.16571118686086142, -0.16571118686086142],
            &[-0.24999999999999994, -2.7755575615628914e-17, 0.25],
        ],
        plain: &[&[0.6165711186860862, 0.3834288813139139], &[0.4749999999999999, 0.3, 0.22499999999999998]],
        adaptive: &[
            &[0.8230564313243836, 0.17694356867561645],
            &[0.16348615994212906, 0.29999999999999993, 0.5365138400578711],
        ],
        length: 0.8213672050459182,
        gamma: 0.8213672050459183,
        shrink: 1.171250746955285,
    },
    Shared {
        ess: 3.404164674555472,
        coefficients: &[0.5242093478869297, -0.7836551917156451, -0.21634480828435443, 0.47579065211307026],
        gradient: &[
            &[0.24999999999999994, -0.24999999999999994],
            &[-0.19591379792891134, 0.11894766302826756, 0.07696613490064375],
        ],
        plain: &[&[0.325, 0.675], &[0.18040862020710888, 0.21189476630282678, 0.6076966134900643]],
        adaptive: &[&[0.6310907361910275, 0.36890926380897243], &[0.05, 0.3224450526684773, 0.6275549473315227]],
        length: 0.8213672050459184,
        gamma: 0.8213672050459183,
        shrink: 1.171250746955285,
    },
];

const E6_RANK_ANALYTIC: [Shared; 2] = [
    Shared {
        ess: 3.293326805837682,
        coefficients: &[0.0, -1.1764705882352942, 0.32000000000000006, 0.0],
        gradient: &[
            &[0.12847058823529411, -0.12847058823529411],
            &[-0.18705882352941178, 0.06423529411764706, 0.12282352941176472],
        ],
        plain: &[
            &[0.6128470588235294, 0.3871529411764706],
            &[0.4812941176470588, 0.3064235294117647, 0.21228235294117648],
        ],
        adaptive: &[
            &[0.8690912474689995, 0.13090875253100054],
            &[0.10819131549843475, 0.43454562373449973, 0.4572630607670655],
        ],
        length: 0.8213672050459181,
        gamma: 0.8213672050459183,
        shrink: 1.171250746955285,
    },
    Shared {
        ess: 3.404164674555472,
        coefficients: &[0.0, -0.8235294117647058, 1.6799999999999997, 0.0],
        gradient: &[
            &[-0.022235294117647034, 0.02223529411764704],
            &[-0.21070588235294116, -0.014823529411764694, 0.22552941176470587],
        ],
        plain: &[
            &[0.2977764705882353, 0.7022235294117647],
            &[0.1789294117647059, 0.19851764705882355, 0.6225529411764705],
        ],
        adaptive: &[&[0.26007777709771085, 0.7399222229022892], &[0.05, 0.1472608524342709, 0.8027391475657291]],
        length: 0.8213672050459181,
        gamma: 0.8213672050459183,
        shrink: 1.171250746955285,
    },
];
